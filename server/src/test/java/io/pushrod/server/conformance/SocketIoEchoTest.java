package io.pushrod.server.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The echoes for others' suites, with a client by hand.
class SocketIoEchoTest {
  private static final String PLACED =
      "{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":1}]";

  private final ConformanceServer server =
      new ConformanceServer("127.0.0.1", 0, 1 << 20, 0, TimeUnit.SECONDS.toNanos(60));
  private final LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
  private @Nullable WebSocket socket;

  @AfterEach
  void stop() {
    if (socket != null) {
      socket.abort();
    }
    server.close();
  }

  private WebSocket open(String path) {
    WebSocket opened =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                URI.create("ws://127.0.0.1:" + server.port() + path + "?EIO=4&transport=websocket"),
                new Listener())
            .join();
    socket = opened;
    assertThat(next()).contains("\"pingInterval\":300,\"pingTimeout\":200,\"maxPayload\":1000000");
    return opened;
  }

  private final class Listener implements WebSocket.Listener {
    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence text, boolean last) {
      if (text.toString().equals("2")) {
        send(from, "3");
      } else {
        heard.add(text.toString());
      }
      from.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onBinary(WebSocket from, ByteBuffer data, boolean last) {
      heard.add("binary " + UTF_8.decode(data));
      from.request(1);
      return null;
    }
  }

  /// The next message that is not a ping.
  private String next() {
    try {
      String text = heard.poll(20, TimeUnit.SECONDS);
      if (text == null) {
        throw new AssertionError("message: none came");
      }
      return text;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private synchronized void send(WebSocket to, String text, String... attachments) {
    to.sendText(text, true).join();
    for (String each : attachments) {
      to.sendBinary(UTF_8.encode(each), true).join();
    }
  }

  private WebSocket joined() {
    WebSocket opened = open("/socket.io/");
    send(opened, "40{\"token\":\"123\"}");
    assertThat(next()).matches("40\\{\"sid\":\"[^\"]+\"\\}");
    assertThat(next()).isEqualTo("42[\"auth\",{\"token\":\"123\"}]");
    return opened;
  }

  @Test
  void sendsMessagesOfEngineIoBack() {
    WebSocket opened = open("/engine.io/");
    send(opened, "4hel\u001elo", "bytes");
    assertThat(next()).isEqualTo("4hel\u001elo");
    assertThat(next()).isEqualTo("binary bytes");
  }

  @Test
  void greetsWithWhatItWasJoinedWith() {
    WebSocket opened = joined();
    send(opened, "40/custom,");
    assertThat(next()).startsWith("40/custom,{\"sid\":");
    assertThat(next()).isEqualTo("42/custom,[\"auth\",{}]");
    send(opened, "40/other,");
    assertThat(next()).isEqualTo("44/other,{\"message\":\"Invalid namespace\"}");
  }

  @Test
  void sendsEventsBackWithTheirAttachments() {
    WebSocket opened = joined();
    send(opened, "42[\"message\",1,\"2\",{\"3\":[true]}]");
    assertThat(next()).isEqualTo("42[\"message-back\",1,\"2\",{\"3\":[true]}]");
    send(opened, "452-[\"message\"," + PLACED, "one", "two");
    assertThat(next()).isEqualTo("452-[\"message-back\"," + PLACED);
    assertThat(next()).isEqualTo("binary one");
    assertThat(next()).isEqualTo("binary two");
  }

  @Test
  void acknowledgesEventsWithTheirAttachments() {
    WebSocket opened = joined();
    send(opened, "42456[\"message-with-ack\",1]");
    assertThat(next()).isEqualTo("43456[1]");
    send(opened, "452-789[\"message-with-ack\"," + PLACED, "one", "two");
    assertThat(next()).isEqualTo("462-789[" + PLACED);
    assertThat(next()).isEqualTo("binary one");
    assertThat(next()).isEqualTo("binary two");
  }
}
