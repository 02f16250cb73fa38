package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.TestWorker;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's clients over Socket.IO.
@Tag("acceptance")
class KdcubeSocketTest {
  private static final String REJECTED = "44{\"message\":\"Connection rejected by server\"}";

  @RegisterExtension RunningServer server = new RunningServer();

  /// What a packet is answered with that asks to join.
  private String joining(String auth, RawWs socket) {
    socket.send("40" + auth);
    return socket.nextText();
  }

  private static String auth(String session, String token) {
    return "{\"user_session_id\":\"" + session + "\",\"bearer_token\":\"" + token + "\"}";
  }

  private RawWs joined(KdcubeUser user) {
    RawWs socket = server.engineWs("");
    assertThat(joining(auth(user.sessionId(), user.token()), socket)).startsWith("40{\"sid\":\"");
    assertThat(socket.nextText()).startsWith("42[\"session_info\",");
    return socket;
  }

  @Test
  void saysSessionInfoToWhoJoins() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String session = ann.sessionId();
    RawWs socket = server.engineWs("");

    assertThat(
            joining(
                auth(session, ann.token()).replace("}", ",\"tenant\":\"t\",\"project\":\"p\"}"),
                socket))
        .startsWith("40{\"sid\":\"");

    assertThat(socket.nextText())
        .matches(
            "42\\[\"session_info\",\\{\"session_id\":\""
                + session
                + "\",\"user_type\":\"registered\",\"user_id\":\"ann\",\"username\":\"ann\","
                + "\"project\":\"p\",\"tenant\":\"t\",\"client_role\":\"user\","
                + "\"connected_at\":\"[^\"]+Z\"}]");
  }

  @Test
  void rejectsWhoNamesNoSessionOfItsOwn() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String bob = KdcubeUser.of(server, "bob").token();
    String stranger = KdcubeUser.ofTenant(server, "other", "ann").token();

    for (String auth :
        new String[] {
          "{}",
          auth("unknown", ann.token()),
          auth(ann.sessionId(), bob),
          auth(ann.sessionId(), stranger),
          auth(ann.sessionId(), "nonsense"),
          "{\"user_session_id\":\"" + ann.sessionId() + "\"}"
        }) {
      assertThat(joining(auth, server.engineWs(""))).isEqualTo(REJECTED);
    }
  }

  @Test
  void letsAnonymousSessionsInUnlessTheRowSaysOtherwise() {
    String session = KdcubeUser.anonymous(server).sessionId();
    RawWs socket = server.engineWs("");
    joining("{\"user_session_id\":\"" + session + "\"}", socket);
    assertThat(socket.nextText()).contains("\"user_type\":\"anonymous\",\"user_id\":null");

    server.restart("surfaces.kdcube-socketio.options.reject_anonymous=1");

    String later = KdcubeUser.anonymous(server).sessionId();
    assertThat(joining("{\"user_session_id\":\"" + later + "\"}", server.engineWs("")))
        .isEqualTo(REJECTED);
  }

  @Test
  void upgradesAnAnonymousSessionByAToken() {
    String before = KdcubeUser.anonymous(server).sessionId();
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    RawWs socket = server.engineWs("");

    joining(auth(before, ann.token()), socket);

    assertThat(Json.text(socket.nextText(), "session_id")).isEqualTo(ann.sessionId());
  }

  @Test
  void acknowledgesAMessageAfterTheSocketHeardOfIt() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");
    RawWs socket = joined(ann);
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      socket.send(
          "427[\"chat_message\",{\"message\":{\"message\":\"hi\",\"conversation_id\":\"c1\","
              + "\"turn_id\":\"t1\"},\"attachment_meta\":[]}]");

      assertThat(socket.nextText()).contains("[\"conv_status\"").contains("\"created\"");
      assertThat(socket.nextText()).contains("[\"conv_status\"").contains("\"in_progress\"");
      assertThat(socket.nextText()).startsWith("42[\"chat_start\",{\"type\":\"chat.start\"");
      assertThat(socket.nextText())
          .startsWith("437[{\"ok\":true,\"status\":\"processing_started\",")
          .contains("\"conversation_id\":\"c1\",\"turn_id\":\"t1\"");
      assertThat(worker.offered().payload()).contains("\"message\":\"hi\"");
    }
    stream.next();
    stream.next();
    server.publish("session/" + ann.sessionId(), "mark", "{\"env\":{\"n\":1}}");
    assertThat(stream.next().data()).isEqualTo("{\"n\":1}");
    assertThat(socket.nextText()).isEqualTo("42[\"mark\",{\"n\":1}]");
  }

  @Test
  void takesBinaryAttachments() {
    RawWs socket = joined(KdcubeUser.of(server, "ann"));
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      socket.send(
          "451-[\"chat_message\",{\"message\":{\"text\":\"look\"},\"attachment_meta\":"
              + "[{\"filename\":\"a.txt\",\"mime\":\"text/plain\"}]},"
              + "{\"_placeholder\":true,\"num\":0}]");
      socket.send(RawWs.masked(RawWs.FIN | RawWs.BINARY, "bytes".getBytes(UTF_8)));

      String payload = worker.offered().payload();

      assertThat(payload)
          .contains("\"filename\":\"a.txt\",\"mime\":\"text/plain\",\"size\":5,")
          .contains("\"meta\":{\"filename\":\"a.txt\",\"mime\":\"text/plain\"}}");
      assertThat(server.fetch(Json.text(payload, "hosted_uri")).body()).isEqualTo("bytes");
    }
  }

  /// What is told of one message, events by name before the answer: over a Redis they go another
  /// way than the answer does.
  private static List<String> told(RawWs socket, int count) {
    return Stream.generate(socket::nextText).limit(count).sorted().toList();
  }

  @Test
  void acknowledgesWhatItRefuses() {
    RawWs socket = joined(KdcubeUser.of(server, "ann"));
    String body = "{\"message\":{\"text\":\"x\",\"conversation_id\":\"c1\"}}";

    socket.send("421[\"chat_message\",{\"message\":{}}]");
    List<String> told = told(socket, 2);
    assertThat(told.getFirst()).startsWith("42[\"chat_error\",");
    assertThat(told.getLast())
        .isEqualTo(
            "431[{\"ok\":false,\"status\":400,\"error_type\":\"missing_message\",\"error\":"
                + "\"Missing \\\"message\\\"\",\"retry_after\":null,\"queue_stats\":{},"
                + "\"conversation_id\":null}]");
    socket.send("422[\"chat_message\"]");
    assertThat(told(socket, 2).getLast()).startsWith("432[{\"ok\":false,\"status\":400,");
    socket.send("42[\"chat_message\"," + body + "]");
    for (int i = 0; i < 3; i++) {
      socket.nextText();
    }
    socket.send("423[\"chat_message\"," + body + "]");
    List<String> busy = told(socket, 3);
    assertThat(busy.get(0)).contains("[\"chat_error\"");
    assertThat(busy.get(1)).contains("\"in_progress\"");
    assertThat(busy.get(2))
        .startsWith("433[{\"ok\":false,\"status\":409,\"error_type\":\"conversation_busy\"")
        .contains("\"conversation_id\":\"c1\"");
    socket.send("424[\"nonsense\",1]");
    assertThat(socket.nextText())
        .startsWith("434[{\"ok\":false,\"status\":400,\"error_type\":\"unknown_event\"");
  }

  @Test
  void saysHowAConversationStandsAndAnswersPings() {
    RawWs socket = joined(KdcubeUser.of(server, "ann"));
    socket.send("42[\"chat_message\",{\"message\":{\"text\":\"x\",\"conversation_id\":\"c1\"}}]");
    for (int i = 0; i < 3; i++) {
      socket.nextText();
    }

    socket.send("421[\"conv_status.get\",{\"conversation_id\":\"c1\"}]");
    List<String> told = told(socket, 2);
    assertThat(told.getFirst()).startsWith("42[\"conv_status\"");
    assertThat(told.getLast())
        .startsWith("431[{\"conversation_id\":\"c1\",\"state\":\"in_progress\"");
    socket.send("422[\"conv_status.get\",{\"conversation_id\":\"c2\"}]");
    assertThat(socket.nextText()).startsWith("432[{\"ok\":false,\"status\":404,");
    socket.send("42[\"ping\",{\"any\":1}]");
    assertThat(socket.nextText()).matches("42\\[\"pong\",\\{\"timestamp\":\"[^\"]+Z\"}]");
  }

  @Test
  void showsOnlyWhatIsMeantForThisSocket() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    RawWs socket = server.engineWs("");
    String sid = Json.text(joining(auth(ann.sessionId(), ann.token()), socket), "sid");
    socket.nextText();
    RawWs other = joined(ann);
    String topic = "session/" + ann.sessionId();

    server.publish(topic, "chat_delta", "{\"target_sid\":\"" + sid + "\",\"env\":{\"n\":1}}");
    server.publish(topic, "chat_delta", "{\"target_sid\":null,\"env\":{\"n\":2}}");

    assertThat(socket.nextText()).isEqualTo("42[\"chat_delta\",{\"n\":1}]");
    assertThat(socket.nextText()).isEqualTo("42[\"chat_delta\",{\"n\":2}]");
    assertThat(other.nextText()).isEqualTo("42[\"chat_delta\",{\"n\":2}]");
  }
}
