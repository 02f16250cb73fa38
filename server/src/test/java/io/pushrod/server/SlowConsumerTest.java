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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.pushrod.server.support.Ways#fanouts")
@Tag("acceptance")
final class SlowConsumerTest {
  private static final int RETENTION_BYTES = 512 * 1024;
  private static final int STALLED = 10;
  private static final int EVENTS = 4_000;
  private static final String PADDING = "x".repeat(1000);

  @RegisterExtension final RunningServer server;

  SlowConsumerTest(String way) {
    server =
        new RunningServer(
            way,
            "retention.bytes=" + RETENTION_BYTES,
            "storage.redis.max_events_per_run=" + RETENTION_BYTES / 1_000,
            "storage.resident_bytes=" + RETENTION_BYTES,
            "quotas.connections_per_user=0");
  }

  @Test
  void boundsTheMemoryOfReadersThatStallAndServesTheOthers() {
    List<RawWs> stalled = new ArrayList<>();
    for (int i = 0; i < STALLED; i++) {
      RawWs client = server.rawWs(4096);
      client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
      assertThat(client.nextReply()).contains("\"ack\"");
      stalled.add(client);
      RawClient stream = server.raw(4096);
      stream.request("GET", "/v1/sse?topic=t&token=" + server.token());
      stream.text(1);
    }
    RawWs healthy = server.rawWs();
    healthy.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    healthy.nextReply();
    SseClient healthyStream = server.sse("topic=t");
    healthyStream.next();
    long before = server.scraped("jvm_direct_memory_used_bytes");

    for (int i = 0; i < EVENTS; i += 200) {
      server.publishAll(
          200, _ -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"text\":\"" + PADDING + "\"}}");
      assertThat(healthy.eventsUntil(i + 200)).hasSize(200);
      assertThat(healthyStream.nextEvents(200).getLast().data()).contains("\"seq\":" + (i + 200));
    }

    assertThat(server.count(Counter.SOCKET_PUSHBACKS)).isGreaterThanOrEqualTo(2 * STALLED);
    assertThat(server.scraped("pushrod_log_bytes")).isLessThan(2 * RETENTION_BYTES);
    // What stalls holds the rest of one event each, though 4 MB went by for each: the allocator
    // takes whole chunks of 4 MiB.
    assertThat(server.scraped("jvm_direct_memory_used_bytes") - before)
        .isLessThan(16 * 1024 * 1024);
    for (RawWs client : stalled) {
      List<String> events = client.eventsUntil(EVENTS);
      assertThat(events.stream().filter(e -> e.contains("\"gap\"")).toList())
          .singleElement()
          .asString()
          .contains("\"reason\":\"trimmed\"");
      assertThat(Json.number(events.getLast(), "seq")).isEqualTo(EVENTS);
    }
  }

  @Test
  void closesAStreamThatNeverReads() {
    server.restart("timeouts.write_progress=200ms");
    RawClient stream = server.raw(4096);
    stream.request("GET", "/v1/sse?topic=t&token=" + server.token());
    stream.text(1);
    while (server.closed(Transport.SSE, CloseReason.WRITE_TIMEOUT) == 0) {
      server.publishAll(
          100, _ -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"text\":\"" + PADDING + "\"}}");
    }
    Await.until("it is gone", () -> server.scraped("pushrod_connections{transport=\"sse\"}") == 0);
  }
}
