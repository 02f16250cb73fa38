package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's sessions, conversations and rates on a disk.
final class KdcubeRestartTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("storage.backend=disk", "surfaces.kdcube-chat.options.rate_paid=0/2");

  private static String message(String turn) {
    return "{\"message\":{\"message\":\"hi\",\"turn_id\":\""
        + turn
        + "\",\"conversation_id\":\"c1\"}}";
  }

  private void again() {
    server.stop();
    server.start();
  }

  @Test
  void sessionsOutliveTheProcess() {
    String ann = KdcubeUser.of(server, "ann").sessionId();
    String profile = KdcubeUser.anonymous(server).profile().body();
    again();

    assertThat(KdcubeUser.of(server, "ann").sessionId()).isEqualTo(ann);
    assertThat(KdcubeUser.anonymous(server).profile().body()).isEqualTo(profile);
    HttpResponse<String> upgraded =
        KdcubeUser.of(server, "ann").profile("User-Session-ID", Json.text(profile, "session_id"));
    assertThat(Json.text(upgraded.body(), "session_id")).isEqualTo(ann);
    assertThat(KdcubeUser.of(server, "bob").profile("User-Session-ID", ann).statusCode())
        .isEqualTo(403);
  }

  @Test
  void rolesAreThoseOfTheTokenAlsoAfterARestart() {
    String before = KdcubeUser.of(server, "ann", "kdcube:role:admin").profile().body();
    again();

    String after = KdcubeUser.of(server, "ann").profile().body();

    assertThat(Json.text(before, "user_type")).isEqualTo("PRIVILEGED");
    assertThat(Json.text(after, "user_type")).isEqualTo("REGISTERED");
    assertThat(Json.text(after, "session_id")).isEqualTo(Json.text(before, "session_id"));
  }

  @Test
  void aTurnGoesOnOverARestartAndItsEndIsFound() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String topic = "session/" + ann.sessionId();
    assertThat(ann.chat("s1", message("t1")).statusCode()).isEqualTo(200);
    again();

    KdcubeUser same = KdcubeUser.of(server, "ann");
    assertThat(same.chat("s1", message("t2")).statusCode()).isEqualTo(409);
    SseClient stream = same.readyStream("s1");
    server.publish(
        topic,
        "chat_complete",
        "{\"env\":{\"type\":\"chat.complete\",\"conversation\":"
            + "{\"conversation_id\":\"c1\",\"turn_id\":\"t1\"}}}");
    assertThat(stream.next().name()).isEqualTo("chat_complete");
    again();

    HttpResponse<String> next = KdcubeUser.of(server, "ann").chat("s1", message("t3"));

    assertThat(next.statusCode()).isEqualTo(200);
    assertThat(next.body())
        .contains("\"external_event_sequence\":2")
        .contains("\"conversation_created\":false");
  }

  @Test
  void ratesOutliveTheProcess() {
    String role = "kdcube:role:paid";
    KdcubeUser.of(server, "paul", role).chat("s1", "{\"message\":{\"message\":\"1\"}}");
    again();
    KdcubeUser.of(server, "paul", role).chat("s1", "{\"message\":{\"message\":\"2\"}}");
    again();

    assertThat(
            KdcubeUser.of(server, "paul", role)
                .chat("s1", "{\"message\":{\"message\":\"3\"}}")
                .statusCode())
        .isEqualTo(429);
  }

  @Test
  void whatWasForgottenStaysForgotten() {
    server.restart("surfaces.kdcube-profile.options.sessions=1");
    String ann = KdcubeUser.of(server, "ann").sessionId();
    String bob = KdcubeUser.of(server, "bob").sessionId();
    again();

    assertThat(KdcubeUser.of(server, "bob").sessionId()).isEqualTo(bob);
    assertThat(KdcubeUser.of(server, "ann").sessionId()).isNotEqualTo(ann);
  }
}
