package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a user, a tenant and an address may take, and what whoever wants more is told.
@Tag("acceptance")
final class QuotaTest {
  private static final String CLOSE = "{\"op\":\"close\",\"reason\":\"too_many_connections\"";

  @RegisterExtension final RunningServer server = new RunningServer();

  private String token(String user, String tenant) {
    return server.token(user, tenant, List.of("*"), List.of("*"), Duration.ofHours(1));
  }

  private void awaitNothingHeld() {
    Await.until(
        "all places are given back",
        () ->
            server.server().quotas().users().holders() == 0
                && server.server().quotas().sockets().open() == 0
                && server.server().quotas().sockets().addresses() == 0);
  }

  @Test
  void servesFiveTabsOfTheDemoAndTellsTheNextToComeBack() {
    for (int tab = 0; tab < 5; tab++) {
      assertThat(server.ws().subscribe("thread/42", "")).contains("\"ack\"");
      assertThat(server.sse("topic=thread/42").next().data()).contains("\"welcome\"");
    }
    WsClient refused = server.ws();
    assertThat(refused.next())
        .startsWith("{\"op\":\"welcome\"")
        .contains("\"authenticated\":false");
    assertThat(refused.next()).startsWith(CLOSE).contains("\"reconnect\":true");
    assertThat(refused.closeCode()).isEqualTo(4006);
    assertThat(server.count(Counter.QUOTA_CONNECTIONS_PER_USER)).isEqualTo(1);
    assertThat(server.post("/v1/publish", "{\"topic\":\"t\",\"type\":\"note\"}").statusCode())
        .as("a request is no connection of the user")
        .isEqualTo(200);
  }

  @Test
  void tellsAnEventStreamInsideOfItWhatBrowsersWouldNotSurviveAsAStatus() {
    server.restart("quotas.connections_per_user=1");
    SseClient first = server.sse("topic=t");
    assertThat(first.next().data()).contains("\"welcome\"");
    try (RawClient raw = server.raw(0)) {
      raw.request("GET", "/v1/sse?topic=t&token=" + server.token());
      RawClient.Answer head = raw.answerToHead();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("content-type")).isEqualTo("text/event-stream");
    }
    SseClient second = server.sse("topic=t");
    assertThat(second.response().statusCode()).isEqualTo(200);
    assertThat(second.next().data()).startsWith(CLOSE);
    assertThat(second.ends()).isTrue();
    assertThat(server.closed(Transport.SSE, CloseReason.TOO_MANY_CONNECTIONS)).isEqualTo(2);
  }

  @Test
  void tellsEventSourceHowLongToWait() {
    server.restart("quotas.connections_per_user=1");
    assertThat(server.sse("topic=t").next().data()).contains("\"welcome\"");
    try (RawClient raw = server.raw(0)) {
      raw.request("GET", "/v1/sse?topic=t&token=" + server.token());
      assertThat(raw.answerToHead().status()).isEqualTo(200);
      String size = raw.line();
      assertThat(Integer.parseInt(size, 16)).isPositive();
      assertThat(Integer.parseInt(raw.line().substring("retry: ".length())))
          .isBetween(10_000, 20_000);
    }
  }

  @Test
  void boundsPublishersOfOneUser() {
    server.restart("quotas.connections_per_user=1");
    try (IngestClient first = IngestClient.ready(server, "p1", 1);
        IngestClient second = new IngestClient(server.server().ingestPort())) {
      second.hello("p2", 1, server.token());
      IngestFrame.Goaway goaway = second.goaway();
      assertThat(goaway.code()).isEqualTo(4006);
      assertThat(goaway.reconnect()).isTrue();
      first.publish(1, IngestClient.event("t", "note", "{}"));
      assertThat(first.settled(1).sequences()).hasSize(1);
    }
    awaitNothingHeld();
  }

  @Test
  void takesASeatWhenTheTokenComesByCommand() {
    server.restart("quotas.connections_per_user=1");
    WsClient late = server.ws("/v1/ws");
    late.next();
    WsClient first = server.ws();
    late.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + server.token() + "\"}");
    assertThat(late.nextReply()).contains("\"too_many_connections\"", "\"retryable\":true");
    assertThat(late.closeCode()).isEqualTo(4006);
    first.send("{\"op\":\"auth\",\"id\":2,\"token\":\"" + server.token() + "\"}");
    assertThat(first.nextReply()).as("has its seat").isEqualTo("{\"op\":\"ack\",\"id\":2}");
    first.cut();
    awaitNothingHeld();
  }

  @Test
  void boundsATenantAndCountsWhoHasNoNameForItOnly() {
    server.restart("quotas.connections_per_user=1", "quotas.connections_per_tenant=3");
    String nobody = "/v1/ws?token=" + token("", "acme");
    for (int i = 0; i < 3; i++) {
      assertThat(server.ws(nobody).subscribe("t", "")).contains("\"ack\"");
    }
    assertThat(server.ws("/v1/ws?token=" + token("bob", "acme")).closeCode()).isEqualTo(4006);
    assertThat(server.ws("/v1/ws?token=" + token("bob", "globex")).subscribe("t", ""))
        .contains("\"ack\"");
    assertThat(server.count(Counter.QUOTA_CONNECTIONS_PER_TENANT)).isEqualTo(1);
  }

  @Test
  void givesEveryPlaceBackHoweverAConnectionEnds() throws Exception {
    server.restart("quotas.connections_per_user=4", "quotas.connections_per_tenant=6");
    Random random = new Random(1);
    List<AutoCloseable> open = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      String user = "u" + random.nextInt(3);
      String token = token(user, "acme");
      open.add(
          switch (random.nextInt(4)) {
            case 0 -> server.rawWsAt("/v1/ws?token=" + token, 0, new byte[0]);
            case 1 -> server.raw(0).request("GET", "/v1/sse?topic=t&token=" + token);
            case 2 -> {
              RawWs ws = server.rawWsAt("/v1/ws", 0, new byte[0]);
              yield ws.send("{\"op\":\"auth\",\"id\":1,\"token\":\"" + token + "\"}");
            }
            default -> {
              IngestClient ingest = new IngestClient(server.server().ingestPort());
              ingest.hello("p" + i, 1, token);
              yield ingest;
            }
          });
      while (open.size() > random.nextInt(12)) {
        open.remove(random.nextInt(open.size())).close();
      }
    }
    for (AutoCloseable each : open) {
      each.close();
    }
    awaitNothingHeld();
    assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
  }

  @Test
  void cutsSocketsBeyondWhatAnAddressMayHave() {
    server.restart("quotas.connections_per_address=2");
    WsClient first = server.ws(); // the client holds one connection
    try (RawClient second = server.raw(0);
        RawClient third = server.raw(0)) {
      assertThatThrownBy(third::isClosedByServer).hasMessageContaining("reset");
      assertThat(second.get("/v1/topics/t/events?token=" + server.token()).status()).isEqualTo(200);
    }
    assertThat(first.subscribe("t", "")).contains("\"ack\"");
    assertThat(server.count(Counter.QUOTA_CONNECTIONS_PER_ADDRESS)).isEqualTo(1);
  }

  @Test
  void countsClientsBehindATrustedProxyByTheirOwnAddress() {
    server.restart("quotas.connections_per_address=1", "http.trusted_proxies=[127.0.0.0/8]");
    String ws = "/v1/ws?token=" + server.token();
    RawWs one = server.rawWsAt(ws, 0, new byte[0], "X-Forwarded-For: 1.1.1.1");
    assertThat(one.nextText()).contains("\"authenticated\":true");
    RawWs two = server.rawWsAt(ws, 0, new byte[0], "X-Forwarded-For: 1.1.1.1, 2.2.2.2");
    assertThat(two.nextText()).contains("\"authenticated\":true");
    RawWs again = server.rawWsAt(ws, 0, new byte[0], "X-Forwarded-For: 9.9.9.9, 2.2.2.2");
    assertThat(again.closeCode()).isEqualTo(4006);
    SseClient stream = server.sse("topic=t", "X-Forwarded-For", "2.2.2.2");
    assertThat(stream.response().statusCode()).isEqualTo(200);
    assertThat(stream.next().data()).startsWith(CLOSE);
    assertThat(stream.ends()).isTrue();
  }

  // How fast a tenant publishes.

  @Test
  void refusesAWholeRequestOfATenantThatPublishesTooFast() {
    server.restart("quotas.publish_per_second=1", "quotas.publish_burst=2");
    String event = "{\"topic\":\"t\",\"type\":\"note\"}";
    assertThat(server.postLines(event + "\n" + event + "\n").statusCode()).isEqualTo(200);
    HttpResponse<String> answer = server.postLines(event + "\n" + event + "\n");
    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.body()).contains("\"rate_limited\"", "\"retryable\":true");
    assertThat(Integer.parseInt(answer.headers().firstValue("Retry-After").orElseThrow()))
        .isBetween(1, 2);
    assertThat(server.fetch("/v1/topics/t/events?after=earliest").body())
        .as("nothing of it is published")
        .contains("\"seq\":2")
        .doesNotContain("\"seq\":3");
    assertThat(server.count(Counter.QUOTA_PUBLISHES)).isEqualTo(1);
  }

  @Test
  void refusesACommandOfATenantThatPublishesTooFast() {
    server.restart("quotas.publish_per_second=1", "quotas.publish_burst=1");
    WsClient client = server.ws();
    String publish = "{\"op\":\"publish\",\"id\":1,\"topic\":\"t\",\"type\":\"note\"}";
    assertThat(client.send(publish).nextReply()).contains("\"ack\"");
    assertThat(client.send(publish).nextReply())
        .contains("\"error\"", "\"rate_limited\"", "\"retryable\":true", "\"retry_after_ms\":");
  }

  @Test
  void holdsAPublisherBackAndLosesNothing() {
    server.restart("quotas.publish_per_second=200", "quotas.publish_burst=10");
    byte[][] events = new byte[25][];
    java.util.Arrays.fill(events, IngestClient.event("t", "note", "{}"));
    try (IngestClient client = IngestClient.ready(server, "p", 1)) {
      for (int i = 0; i < 4; i++) {
        client.publish(1 + 25L * i, events);
      }
      IngestClient.Settled settled = client.settled(100);
      assertThat(settled.rejects()).isEmpty();
      assertThat(settled.sequences()).hasSize(100).isSorted().doesNotHaveDuplicates();
    }
    assertThat(server.count(Counter.QUOTA_PUBLISHES)).isBetween(1L, 3L);
    assertThat(server.count(Counter.EVENTS_APPENDED)).isEqualTo(100);
  }
}
