package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Every bound of the path from a publisher to a reader: its answer and its counter.
final class LimitsTest {
  @RegisterExtension final RunningServer server = new RunningServer();

  private static String event(int dataBytes) {
    return "{\"topic\":\"t\",\"type\":\"note\",\"data\":\"" + "x".repeat(dataBytes - 2) + "\"}";
  }

  @Test
  void boundsAnEvent() {
    server.restart("limits.event_bytes=1KiB");
    assertThat(server.post("/v1/publish", event(1024)).statusCode()).isEqualTo(200);
    HttpResponse<String> answer = server.post("/v1/publish", event(1025));
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"too_large\"", "1025 bytes (expected: <= 1024)");

    WsClient client = server.ws();
    client.send(event(1025).replace("{\"topic\"", "{\"op\":\"publish\",\"id\":1,\"topic\""));
    assertThat(client.nextReply()).contains("\"error\"", "\"too_large\"");
    client.send("{\"op\":\"ping\",\"id\":2}");
    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":2}");

    assertThat(server.limitHits("event_bytes")).isEqualTo(2);
    assertThat(server.scraped("pushrod_publish_rejected_total{code=\"too_large\"}")).isEqualTo(2);
  }

  @Test
  void boundsAMessageOfAClient() {
    server.restart("limits.client_frame_bytes=512");
    WsClient client = server.ws();
    client.send("{\"op\":\"ping\",\"id\":1,\"x\":\"" + "x".repeat(512) + "\"}");
    assertThat(client.closeCode()).isEqualTo(1009);
    assertThat(server.limitHits("client_frame_bytes")).isEqualTo(1);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.FRAME_TOO_BIG)).isEqualTo(1);
  }

  @Test
  void boundsTheSubscriptionsOfAWebSocket() {
    server.restart("limits.subscriptions_per_connection=2");
    WsClient client = server.ws();
    assertThat(client.subscribe("a", "")).contains("\"ack\"");
    assertThat(client.subscribe("a", "")).contains("\"already_subscribed\"");
    assertThat(client.subscribe("b", "")).contains("\"ack\"");
    assertThat(client.subscribe("c", "")).contains("\"too_many_subscriptions\"");
    client.send("{\"op\":\"unsubscribe\",\"id\":2,\"topic\":\"a\"}");
    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":2,\"topic\":\"a\"}");
    assertThat(client.subscribe("c", "")).contains("\"ack\"");
    assertThat(server.limitHits("subscriptions_per_connection")).isEqualTo(1);
  }

  @Test
  void boundsTheTopicsOfAnEventStream() {
    server.restart("limits.subscriptions_per_connection=2");
    HttpResponse<String> answer = server.fetch("/v1/sse?topic=a&topic=b&topic=c");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"too_many_subscriptions\"");

    SseClient stream = server.sse("topic=a&topic=b");
    String connection = Json.text(stream.next().data(), "connection_id");
    assertThat(
            server
                .post("/v1/sse/" + connection, "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"c\"}")
                .body())
        .contains("\"too_many_subscriptions\"");
    assertThat(server.limitHits("subscriptions_per_connection")).isEqualTo(2);
  }

  @Test
  void boundsTheBodyOfAPost() {
    server.restart("limits.publish_body_bytes=2KiB", "limits.event_bytes=1KiB");
    String line = event(900) + "\n";
    assertThat(server.postLines(line + line).statusCode()).isEqualTo(200);
    HttpResponse<String> answer = server.postLines(line + line + line);
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"too_large\"");
    assertThat(server.limitHits("publish_body_bytes")).isEqualTo(1);
    assertThat(server.fetch("/v1/topics/t/events").body()).contains("\"last\":2,");
  }

  @Test
  void boundsTheHeadOfARequest() {
    server.restart("limits.header_bytes=1KiB");
    RawClient client = server.raw(0);
    assertThat(client.get("/v1/topics/t/events", "X: " + "x".repeat(2000)).status()).isEqualTo(431);
    assertThat(server.limitHits("header_bytes")).isEqualTo(1);
  }

  @Test
  void boundsATokenWhateverItSays() {
    server.restart("limits.token_bytes=256");
    assertThat(server.fetch("/v1/topics/t/events").statusCode()).isEqualTo(401);
    assertThat(server.limitHits("token_bytes")).isEqualTo(1);
  }

  @Test
  void boundsTheControlFramesThatWaitForAReader() {
    server.restart("limits.outbox_entries=4");
    RawWs client = server.rawWs(4096);
    byte[] ping = RawWs.masked(RawWs.FIN | RawWs.PING, new byte[100]);
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    client.nextReply();
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      server.publishAll(50, _ -> event(1000));
    }
    for (int i = 0; i < 5; i++) {
      client.send(ping);
    }
    Await.until(
        "a close", () -> server.closed(Transport.WEBSOCKET, CloseReason.SLOW_CONSUMER) == 1);
    assertThat(server.limitHits("outbox_entries")).isEqualTo(1);
    assertThat(client.closeCode()).isEqualTo(4000);
  }

  @Test
  void boundsTheBytesOfControlFramesThatWait() {
    server.restart("limits.outbox_bytes=4KiB");
    server.publishAll(100, _ -> event(1000));
    RawWs client = server.rawWs(4096);
    // Pages of 100 KB, of which nothing is read.
    for (int i = 0; i < 3; i++) {
      client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"t\"}");
    }
    Await.until(
        "a close", () -> server.closed(Transport.WEBSOCKET, CloseReason.SLOW_CONSUMER) == 1);
    assertThat(server.limitHits("outbox_bytes")).isEqualTo(1);
  }

  @Test
  void boundsAPageOfHistory() {
    server.restart("limits.history_page_events=5");
    server.publishTokens("t", 1, 10);
    assertThat(server.fetch("/v1/topics/t/events?limit=6").body()).contains("\"more\":true");
    WsClient client = server.ws();
    client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"t\",\"limit\":6}");
    assertThat(client.nextReply()).contains("\"more\":true");
    assertThat(server.fetch("/v1/topics/t/events?limit=5").body()).contains("\"more\":true");
    assertThat(server.limitHits("history_page_events")).isEqualTo(2);
  }

  @Test
  void boundsThePastOfATopicByEvents() {
    server.restart("retention.events=10");
    server.publishTokens("t", 1, 25);
    assertThat(server.fetch("/v1/topics/t/events").body()).contains("\"first\":16,\"last\":25,");
    assertThat(server.scraped("pushrod_events_trimmed_total")).isEqualTo(15);
    assertThat(server.limitHits("retention_events")).isPositive();
  }

  @Test
  void boundsThePastOfATopicByBytes() {
    server.restart(
        "retention.bytes=8KiB", "limits.event_bytes=4KiB", "retention.lifecycle_bytes=1KiB");
    server.publishAll(20, _ -> event(1000));
    String page = server.fetch("/v1/topics/t/events").body();
    assertThat(Json.number(page, "last") - Json.number(page, "first") + 1).isBetween(5L, 8L);
    assertThat(server.limitHits("retention_bytes")).isPositive();
  }

  @Test
  void boundsThePastOfATopicByAge() {
    server.restart("retention.age=1s");
    server.publishTokens("t", 1, 5);
    Await.until("trimmed", () -> server.scraped("pushrod_events_trimmed_total") == 5);
    Await.until("its memory is given back", () -> server.scraped("pushrod_log_bytes") == 0);
    assertThat(server.limitHits("retention_age")).isPositive();
  }

  @Test
  void boundsTheTopicsOfOnePublication() {
    HttpResponse<String> answer =
        server.post(
            "/v1/publish",
            "{\"topics\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\"],\"type\":\"note\"}");
    assertThat(answer.body()).contains("\"too_many_topics\"");
    assertThat(server.limitHits("topics_per_publish")).isEqualTo(1);
  }
}
