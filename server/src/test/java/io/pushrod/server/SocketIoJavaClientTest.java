package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.RunningServer;
import io.socket.client.Ack;
import io.socket.client.IO;
import io.socket.client.Socket;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.json.JSONObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The Java sibling of socket.io-client, unchanged.
@Tag("acceptance")
final class SocketIoJavaClientTest {
  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  private Socket socket(String transport, Map<String, String> auth) {
    IO.Options options =
        IO.Options.builder()
            .setTransports(new String[] {transport})
            .setAuth(auth)
            .setForceNew(true)
            .build();
    return IO.socket(server.http("/v1"), options);
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "polling"})
  void subscribesAndReads(String transport) throws Exception {
    Socket socket = socket(transport, Map.of("token", server.token()));
    Queue<String> acks = new ConcurrentLinkedQueue<>();
    Queue<String> texts = new ConcurrentLinkedQueue<>();
    Queue<String> offsets = new ConcurrentLinkedQueue<>();
    socket.on(
        "token_chunk",
        arguments -> {
          offsets.add((String) arguments[1]);
          texts.add(arguments[0].toString());
        });
    try {
      socket.connect();
      JSONObject subscription = new JSONObject(Map.of("topic", "thread/42", "after", "earliest"));
      socket.emit(
          "subscribe",
          new Object[] {subscription},
          (Ack) replies -> acks.add(((JSONObject) replies[0]).optString("op")));
      Await.until("the ack", () -> !acks.isEmpty());
      assertThat(acks).containsExactly("ack");
      server.publishTokens("thread/42", 1, 3);
      Await.until("the events", () -> texts.size() == 3);
      assertThat(offsets).allMatch(offset -> offset.startsWith("thread/42="));
    } finally {
      socket.disconnect();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"websocket", "polling"})
  void hearsWhyItIsRefused(String transport) {
    Socket socket = socket(transport, Map.of("token", "none"));
    Queue<String> errors = new ConcurrentLinkedQueue<>();
    socket.on(
        Socket.EVENT_CONNECT_ERROR,
        arguments -> errors.add(((JSONObject) arguments[0]).optString("message")));
    try {
      socket.connect();
      Await.until("the error", () -> !errors.isEmpty());
      assertThat(List.copyOf(errors)).containsExactly("unauthenticated");
    } finally {
      socket.disconnect();
    }
  }
}
