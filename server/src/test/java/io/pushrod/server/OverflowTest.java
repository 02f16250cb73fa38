package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
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
final class OverflowTest {
  private static final int OUTBOX_BYTES = 16 * 1024;
  private static final String PADDING = "x".repeat(1000);

  @RegisterExtension final RunningServer server;

  private int published;

  OverflowTest(String way) {
    server = new RunningServer(way, "limits.outbox_bytes=" + OUTBOX_BYTES);
  }

  /// A reader whose socket has pushed back, behind which 200 events more were published: 100 plain
  /// ones, the end of a run, 99 plain ones.
  private RawWs stalled(String policy) {
    RawWs client = server.rawWs(4096);
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\",\"policy\":\"" + policy + "\"}");
    assertThat(client.nextReply()).contains("\"ack\"");
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      publish(50, "note");
    }
    publish(100, "note");
    publish(1, "run_end");
    publish(99, "note");
    RawWs other = server.rawWs();
    other.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\",\"after\":\"earliest\"}");
    assertThat(other.eventsUntil(published)).hasSize(published);
    return client;
  }

  private void publish(int count, String type) {
    server.publishAll(
        count,
        _ -> "{\"topic\":\"t\",\"type\":\"" + type + "\",\"data\":{\"text\":\"" + PADDING + "\"}}");
    published += count;
  }

  /// Checks that events and gaps cover everything once and in order.
  private static List<String> checkedGaps(List<String> events) {
    List<String> gaps = new ArrayList<>();
    long next = 1;
    for (String event : events) {
      if (event.contains("\"type\":\"gap\"")) {
        assertThat(event).contains("\"reason\":\"overflow\"");
        assertThat(RawWs.sequence("{\"id\":\"" + Json.text(event, "from") + "\"}")).isEqualTo(next);
        next = RawWs.sequence("{\"id\":\"" + Json.text(event, "to") + "\"}");
        assertThat(RawWs.sequence(event)).isEqualTo(next);
        gaps.add(event);
      } else {
        assertThat(Json.number(event, "seq")).isEqualTo(next);
      }
      next++;
    }
    return gaps;
  }

  private static long missing(List<String> gaps) {
    return gaps.stream()
        .mapToLong(
            gap ->
                RawWs.sequence(gap)
                    - RawWs.sequence("{\"id\":\"" + Json.text(gap, "from") + "\"}")
                    + 1)
        .sum();
  }

  @Test
  void dropsTheOldestAndTellsTheExactRange() {
    RawWs client = stalled("drop_oldest");

    List<String> events = client.eventsUntil(published);

    List<String> gaps = checkedGaps(events);
    assertThat(gaps).hasSize(2);
    assertThat(events).filteredOn(e -> e.contains("\"type\":\"run_end\"")).hasSize(1);
    List<String> newest = events.subList(events.indexOf(gaps.getLast()) + 1, events.size());
    assertThat(newest.stream().mapToInt(String::length).sum()).isLessThanOrEqualTo(OUTBOX_BYTES);
    assertThat(newest).hasSizeGreaterThan(10);
    assertThat(server.scraped("pushrod_gaps_total{reason=\"overflow\"}")).isEqualTo(2);
    assertThat(server.scraped("pushrod_events_dropped_total{policy=\"drop_oldest\"}"))
        .isEqualTo(missing(gaps));
  }

  @Test
  void dropsTheNewestAndTellsTheExactRange() {
    RawWs client = stalled("drop_newest");

    List<String> events = client.eventsUntil(published);

    List<String> gaps = checkedGaps(events);
    assertThat(gaps).hasSize(2);
    assertThat(events).filteredOn(e -> e.contains("\"type\":\"run_end\"")).hasSize(1);
    assertThat(events.getLast()).isEqualTo(gaps.getLast());
    assertThat(server.scraped("pushrod_events_dropped_total{policy=\"drop_newest\"}"))
        .isEqualTo(missing(gaps));
    publish(3, "note");
    assertThat(client.eventsUntil(published)).hasSize(3);
  }

  @Test
  void disconnectsWithACursorThatLosesNothing() {
    RawWs client = stalled("disconnect");
    Await.until(
        "a close", () -> server.closed(Transport.WEBSOCKET, CloseReason.SLOW_CONSUMER) == 1);
    assertThat(server.scraped("pushrod_slow_consumer_disconnects_total")).isEqualTo(1);
    assertThat(server.limitHits("outbox_bytes")).isEqualTo(1);

    List<RawWs.Frame> frames = client.untilClosed();

    assertThat(frames.getLast().code()).isEqualTo(4000);
    List<String> events =
        new ArrayList<>(
            frames.subList(0, frames.size() - 2).stream().map(RawWs.Frame::text).toList());
    String close = frames.get(frames.size() - 2).text();
    assertThat(close)
        .contains("\"op\":\"close\"", "\"reason\":\"slow_consumer\"", "\"reconnect\":true");
    RawWs again = server.rawWs();
    again.send(
        "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\",\"after\":\""
            + Json.text(close, "t")
            + "\"}");
    events.addAll(again.eventsUntil(published));
    assertThat(checkedGaps(events)).isEmpty();
  }

  @Test
  void losesNothingByFoldingWhileTheLogHoldsIt() {
    List<String> events = stalled("fold").eventsUntil(published);
    assertThat(checkedGaps(events)).isEmpty();
    assertThat(events).hasSize(published);
  }

  @Test
  void leavesOutSignalsForAReaderThatLags() {
    RawWs client = stalled("fold");
    server.publish("t", "typing", "{\"who\":\"ann\"}");
    List<String> events = client.eventsUntil(published);
    assertThat(events).noneMatch(e -> e.contains("\"typing\""));
  }

  @Test
  void refusesAPolicyThatIsNone() {
    assertThat(server.ws().subscribe("t", ",\"policy\":\"hope\"")).contains("\"bad_request\"");
    assertThat(server.fetch("/v1/sse?topic=t&policy=hope").statusCode()).isEqualTo(400);
  }
}
