package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpResponse;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What surfaces look up of a topic is found also where memory no longer has it.
final class OldEventsTest {
  private static final String TEXT = "x".repeat(2_000);

  @RegisterExtension
  final RunningServer server =
      new RunningServer("storage.backend=disk", "storage.resident_bytes=64KiB");

  /// More than memory keeps, and than a restart brings back.
  private void bury(IntFunction<String> event) {
    for (int from = 0; from < 1_000; from += 100) {
      server.publishAll(100, event);
    }
    server.stop();
    server.start();
  }

  @Test
  void theStateOfAJobThatSaidMuch() {
    String job = "{\"job\":{\"id\":\"j1\",\"status\":\"running\"}}";
    server.publish("project/p1/ingest/j1", "ingest.job.updated", job);
    bury(
        _ ->
            "{\"topic\":\"project/p1/ingest/j1\",\"type\":\"note\",\"data\":{\"text\":\""
                + TEXT
                + "\"}}");

    SseClient stream =
        server.sseAt("/api/stream/projects/p1/ingest/j1/events?token=" + server.token());

    assertThat(stream.next().data()).contains("\"status\":\"running\"");
    assertThat(server.count(Counter.DISK_READS)).isPositive();
  }

  @Test
  void theEndOfATurnInASessionThatWentOn() {
    String session = KdcubeUser.of(server, "ann").sessionId();
    String message =
        "{\"message\":{\"message\":\"hi\",\"turn_id\":\"%s\",\"conversation_id\":\"c1\"}}";
    KdcubeUser.of(server, "ann").chat("s1", message.formatted("t1"));
    server.publish(
        "session/" + session,
        "chat_complete",
        "{\"env\":{\"type\":\"chat.complete\",\"conversation\":"
            + "{\"conversation_id\":\"c1\",\"turn_id\":\"t1\"}}}");
    bury(
        _ ->
            "{\"topic\":\"session/"
                + session
                + "\",\"type\":\"chat_delta\",\"data\":{\"text\":\""
                + TEXT
                + "\"}}");

    HttpResponse<String> next = KdcubeUser.of(server, "ann").chat("s1", message.formatted("t2"));

    assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
    assertThat(server.count(Counter.DISK_READS)).isPositive();
  }

  @Test
  void aMessageOfAThreadByTheIdOfItsPublisher() {
    String topic = "thread/t1";
    server.publish(topic, "message", "{\"id\":\"m-1\",\"text\":\"a\"}");
    bury(
        i ->
            "{\"topic\":\"thread/t1\",\"type\":\"token_chunk\",\"data\":{\"id\":\"n"
                + i
                + "\",\"text\":\""
                + TEXT
                + "\"}}");
    server.restart("surfaces.northstar-chat-stream.options.lookup=2000");

    SseClient stream =
        server.sseAt("/sse/chat/t1?last_event_id=m-1", "Authorization", "Bearer " + server.token());

    assertThat(stream.response().statusCode()).isEqualTo(200);
    assertThat(server.count(Counter.DISK_READS)).isPositive();
  }
}
