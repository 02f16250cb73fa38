package io.pushrod.server.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Reads a topic over `GET /v1/ws`.
final class WebSocketFeed implements Feed {
  private static final int MAX_MESSAGE_CHARS = 32 << 20;

  private final TailRequest request;

  WebSocketFeed(TailRequest request) {
    this.request = request;
  }

  @Override
  public Ending read(String after, TailReader reader) throws InterruptedException {
    Attempt attempt = new Attempt(request.silence().toNanos());
    URI uri = URI.create("ws" + request.base().toString().substring("http".length()) + "/v1/ws");
    HttpClient client = TailRequest.client();
    try {
      client
          .newWebSocketBuilder()
          .header("Authorization", "Bearer " + request.token())
          .connectTimeout(TailRequest.CONNECT_TIMEOUT)
          .buildAsync(uri, new Listener(attempt, reader, subscribe(after)))
          .join();
      return attempt.await();
    } catch (CompletionException e) {
      return refusal(e.getCause());
    } finally {
      client.shutdownNow();
    }
  }

  private String subscribe(String after) {
    StringBuilder command = new StringBuilder("{\"op\":\"subscribe\",\"id\":1");
    member(command, "topic", request.topic());
    member(command, "after", after);
    member(command, "filter", request.filter());
    return command.append('}').toString();
  }

  private static void member(StringBuilder command, String name, String value) {
    if (!value.isEmpty()) {
      command.append(",\"").append(name).append("\":").append(FlatJson.quote(value));
    }
  }

  private Ending refusal(@Nullable Throwable cause) {
    if (cause instanceof WebSocketHandshakeException refused) {
      return Refusal.of(refused.getResponse().statusCode(), "");
    }
    if (cause instanceof IOException) {
      return TailRequest.unreachable(request.base(), cause);
    }
    throw new IllegalStateException(cause);
  }

  private static final class Listener implements WebSocket.Listener {
    private final Attempt attempt;
    private final TailReader reader;
    private final String subscribe;
    private final StringBuilder message = new StringBuilder();

    Listener(Attempt attempt, TailReader reader, String subscribe) {
      this.attempt = attempt;
      this.reader = reader;
      this.subscribe = subscribe;
    }

    @Override
    public void onOpen(WebSocket socket) {
      var _ = socket.sendText(subscribe, true);
      socket.request(1);
    }

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
      attempt.onHeard(() -> onPart(part, last));
      socket.request(1);
      return null;
    }

    private void onPart(CharSequence part, boolean last) {
      if (message.length() + part.length() > MAX_MESSAGE_CHARS) {
        attempt.end(Ending.forGood("the server sent a message of more than 32 Mi characters"));
        return;
      }
      message.append(part);
      if (last) {
        Ending ending = reader.onMessage(message.toString(), attempt);
        message.setLength(0);
        if (ending != null) {
          attempt.end(ending);
        }
      }
    }

    @Override
    public @Nullable CompletionStage<?> onPing(WebSocket socket, ByteBuffer payload) {
      attempt.onHeard(() -> {});
      socket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String text) {
      attempt.end(reader.onClose(code, text));
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      attempt.end(
          error instanceof IOException
              ? Ending.again("connection lost")
              : Ending.forGood("an error of its own: " + error));
    }
  }
}
