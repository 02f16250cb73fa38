package io.pushrod.server.support;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A WebSocket client that queues what it gets.
public final class WsClient implements AutoCloseable {
  private final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>();
  private final CompletableFuture<Integer> closed = new CompletableFuture<>();
  private final WebSocket socket;

  public WsClient(HttpClient http, URI uri) {
    socket =
        http.newWebSocketBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .buildAsync(URI.create("ws" + uri.toString().substring(4)), new Listener())
            .join();
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder part = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        texts.add(part.toString());
        part.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      closed.complete(code);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      closed.complete(1006);
    }
  }

  public WsClient send(String text) {
    socket.sendText(text, true).join();
    return this;
  }

  /// Sends a subscribe command and returns its reply.
  public String subscribe(String topic, String more) {
    send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + topic + "\"" + more + "}");
    return nextReply();
  }

  /// The next message that is an ack or an error; events before it are dropped.
  public String nextReply() {
    while (true) {
      String text = next();
      if (text.startsWith("{\"op\":\"ack\"") || text.startsWith("{\"op\":\"error\"")) {
        return text;
      }
    }
  }

  /// The next message of any kind.
  public String next() {
    try {
      String text = texts.poll(20, TimeUnit.SECONDS);
      if (text == null) {
        throw new AssertionError("message: none came");
      }
      return text;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// The next event; controls before it are dropped.
  public String nextEvent() {
    String text = next();
    while (text.startsWith("{\"op\"")) {
      text = next();
    }
    return text;
  }

  public List<String> nextEvents(int count) {
    List<String> events = new ArrayList<>();
    while (events.size() < count) {
      events.add(nextEvent());
    }
    return events;
  }

  /// The close code that the server sent, 1006 for none.
  public int closeCode() {
    return closed.orTimeout(20, TimeUnit.SECONDS).join();
  }

  /// Cuts the connection without a goodbye.
  public void cut() {
    socket.abort();
  }

  @Override
  public void close() {
    socket.abort();
  }
}
