package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.TestWorker;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's clients at two servers on one Redis.
final class SharedKdcubeTest {
  private final RedisServer redis = RedisServer.durable();

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();
  @RegisterExtension final RunningServer a = new RunningServer(settings());
  @RegisterExtension final RunningServer b = new RunningServer(settings());

  private String[] settings() {
    return new String[] {
      "server.event_loops=2",
      "storage.backend=redis",
      "storage.redis.url=" + redis.url(),
      "storage.redis.reconcile=200ms",
      "storage.redis.node_ttl=2s",
      "storage.redis.timeout=2s",
      "surfaces.kdcube-chat.options.rate_paid=0/4",
      "surfaces.kdcube-chat.options.rate_registered=0/0",
      "surfaces.kdcube-stream.options.reject_anonymous=0"
    };
  }

  private static String message(String conversation, String turn) {
    return "{\"message\":{\"message\":\"hi\",\"turn_id\":\""
        + turn
        + "\",\"conversation_id\":\""
        + conversation
        + "\"}}";
  }

  private static KdcubeUser ann(RunningServer server) {
    return KdcubeUser.of(server, "ann");
  }

  @Test
  void aSessionOfOneServerIsKnownAtTheOther() {
    String id = ann(a).sessionId();
    String guest = KdcubeUser.anonymous(a).sessionId();

    assertThat(ann(b).sessionId()).isEqualTo(id);
    assertThat(KdcubeUser.anonymous(b).sessionId()).isEqualTo(guest);
    assertThat(ann(b).profile("User-Session-ID", id).statusCode()).isEqualTo(200);
    assertThat(Json.text(ann(b).profile("User-Session-ID", guest).body(), "session_id"))
        .isEqualTo(id);
    assertThat(KdcubeUser.of(b, "bob").profile("User-Session-ID", id).statusCode()).isEqualTo(403);
    assertThat(KdcubeUser.of(b, "ann", "kdcube:role:admin").profile().body())
        .contains("\"user_type\":\"PRIVILEGED\"")
        .contains(id);
  }

  @Test
  void sessionsOutliveBothServers() {
    String id = ann(a).sessionId();
    a.stop();
    b.stop();
    a.start();

    assertThat(ann(a).sessionId()).isEqualTo(id);
    b.start();
  }

  @Test
  void aStreamOfOneServerHearsOfAMessageAtTheOther() {
    SseClient stream = ann(b).readyStream("s1");
    try (TestWorker worker = new TestWorker(b, "conversation/*")) {
      HttpResponse<String> answer = ann(a).chat("s1", message("c1", "t1"));

      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      assertThat(stream.next().data()).contains("\"state\":\"created\"");
      assertThat(stream.next().data()).contains("\"state\":\"in_progress\"");
      assertThat(stream.next().name()).isEqualTo("chat_start");
      assertThat(worker.offered().payload()).contains("\"turn_id\":\"t1\"");
    }
  }

  @Test
  void aConversationThatIsBusyAtOneServerIsBusyAtTheOther() {
    String topic = "session/" + ann(a).sessionId();
    assertThat(ann(a).chat("s1", message("c1", "t1")).statusCode()).isEqualTo(200);

    assertThat(ann(b).chat("s1", message("c1", "t2")).statusCode()).isEqualTo(409);
    assertThat(ann(b).post("/sse/conv_status.get", "{\"conversation_id\":\"c1\"}").body())
        .contains("\"state\":\"in_progress\"", "\"current_turn_id\":\"t1\"");
    b.publish(
        topic,
        "chat_complete",
        "{\"env\":{\"type\":\"chat.complete\",\"conversation\":"
            + "{\"conversation_id\":\"c1\",\"turn_id\":\"t1\"}}}");

    HttpResponse<String> next = ann(a).chat("s1", message("c1", "t3"));

    assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
    assertThat(next.body()).contains("\"external_event_sequence\":2");
    assertThat(ann(b).chat("s1", message("c1", "t4")).statusCode()).isEqualTo(409);
  }

  @Test
  void ofMessagesThatArriveEverywhereAtOnceOneBeginsATurn() {
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int conversation = 0; conversation < 20; conversation++) {
        String id = "c" + conversation;
        List<CompletableFuture<Integer>> answers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          RunningServer server = i % 2 == 0 ? a : b;
          answers.add(
              CompletableFuture.supplyAsync(
                  () -> ann(server).chat("s1", message(id, "same")).statusCode(), clients));
        }
        List<Integer> statuses = answers.stream().map(CompletableFuture::join).toList();
        assertThat(statuses).as(id).containsOnlyOnce(200).containsOnly(200, 409);
      }
    }
  }

  @Test
  void numbersOfWhatContinuesATurnAreGivenOnce() {
    ann(a).chat("s1", message("c1", "t1"));
    String body = message("c1", "t2").replace("\"turn_id\"", "\"followup\":true,\"turn_id\"");
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Long>> answers = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        RunningServer server = i % 2 == 0 ? a : b;
        answers.add(
            CompletableFuture.supplyAsync(
                () -> Json.number(ann(server).chat("s1", body).body(), "external_event_sequence"),
                clients));
      }
      assertThat(answers.stream().map(CompletableFuture::join).sorted().toList())
          .hasSize(20)
          .doesNotHaveDuplicates()
          .startsWith(2L)
          .endsWith(21L);
    }
  }

  @Test
  void messagesAreCountedOverBothServers() {
    String role = "kdcube:role:paid";
    for (int i = 0; i < 4; i++) {
      RunningServer server = i % 2 == 0 ? a : b;
      assertThat(KdcubeUser.of(server, "paul", role).chat("s1", message("c" + i, "t")).statusCode())
          .isEqualTo(200);
    }
    for (RunningServer server : List.of(a, b)) {
      HttpResponse<String> answer =
          KdcubeUser.of(server, "paul", role).chat("s1", message("more", "t"));
      assertThat(answer.statusCode()).isEqualTo(429);
      assertThat(answer.headers().firstValue("Retry-After")).contains("3600");
    }
  }

  @Test
  void withoutRedisClientsAreToldToComeBackAndFindWhatTheyHad() {
    String id = ann(a).sessionId();
    ann(a).chat("s1", message("c1", "t1"));
    redis.kill();
    try {
      HttpResponse<String> profile = ann(a).profile();
      HttpResponse<String> chat = ann(b).chat("s1", message("c1", "t2"));
      HttpResponse<String> status = ann(b).post("/sse/conv_status.get", "{}");
      SseClient stream = ann(a).stream("stream_id=s1");

      for (HttpResponse<?> answer : List.of(profile, chat, status, stream.response())) {
        assertThat(answer.statusCode()).isEqualTo(503);
        assertThat(answer.headers().firstValue("Retry-After")).contains("1");
      }
      assertThat(profile.body()).isEqualTo("{\"detail\":\"Service temporarily unavailable\"}");
    } finally {
      redis.begin();
    }
    Await.until("sessions are back", () -> ann(a).profile().statusCode() == 200);

    assertThat(ann(a).sessionId()).isEqualTo(id);
    Await.until(
        "conversations are back", () -> ann(b).chat("s1", message("c1", "t3")).statusCode() == 409);
  }
}
