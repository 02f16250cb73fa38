package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.Ways;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/// What readers get is the same, however their sockets are written to.
@ParameterizedClass
@MethodSource("io.pushrod.server.support.Ways#all")
final class FanoutWaysTest {
  private static final int READERS = 8;
  private static final int EVENTS = 200;
  private static final String PADDING = "x".repeat(1000);

  private final String way;
  @RegisterExtension final RunningServer server;

  FanoutWaysTest(String way) {
    this.way = way;
    this.server = new RunningServer(way, "server.event_loops=2", "quotas.connections_per_user=0");
  }

  private RawWs reader(int receiveBufferBytes, String... topics) {
    RawWs client = server.rawWs(receiveBufferBytes);
    for (String topic : topics) {
      client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + topic + "\"}");
      assertThat(client.nextReply()).contains("\"ack\"");
    }
    return client;
  }

  private void publish(int from, int count, String... topics) {
    String names = "\"" + String.join("\",\"", topics) + "\"";
    server.publishAll(
        count,
        i ->
            "{\"topics\":["
                + names
                + "],\"type\":\"note\",\"data\":{\"n\":"
                + (from + i)
                + ",\"text\":\""
                + PADDING
                + "\"}}");
  }

  private static void isWhole(List<String> events) {
    assertThat(events)
        .extracting(RawWs::sequence)
        .isEqualTo(LongStream.rangeClosed(1, EVENTS).boxed().toList());
    assertThat(events)
        .allSatisfy(
            event -> {
              assertThat(Json.number(event, "n")).isEqualTo(RawWs.sequence(event) - 1);
              assertThat(Json.text(event, "text")).isEqualTo(PADDING);
            });
  }

  @Test
  void saysWhichItIs() {
    String fanout =
        switch (way) {
          case Ways.SEND -> "send";
          case Ways.RING -> "ring";
          default -> "netty";
        };
    assertThat(server.server().fanout()).isEqualTo(fanout);
    assertThat(server.scraped("pushrod_event_loops{fanout=\"" + fanout + "\"}")).isEqualTo(2);
  }

  @Test
  void givesEveryByteToReadersThatStallAndGoOn() {
    List<RawWs> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(reader(i % 2 == 0 ? 2048 : 0, "t"));
    }
    SseClient stream = server.sse("topic=t");
    stream.next();
    for (int i = 0; i < EVENTS; i += 50) {
      publish(i, 50, "t");
    }
    for (RawWs reader : readers) {
      isWhole(reader.eventsUntil(EVENTS));
    }
    assertThat(stream.nextEvents(EVENTS).getLast().data()).contains("\"seq\":" + EVENTS);
    assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
    if (way.equals(Ways.RING)) {
      assertThat(server.count(Counter.SOCKET_PUSHBACKS)).isPositive();
      assertThat(server.count(Counter.RING_SUBMITS))
          .isPositive()
          .isLessThan(server.count(Counter.SOCKET_WRITES));
      assertThat(server.count(Counter.RING_FALLBACKS)).isZero();
    }
  }

  @Test
  void givesOneConnectionTheEventsOfAllItsTopics() {
    List<RawWs> readers = new ArrayList<>();
    for (int i = 0; i < READERS; i++) {
      readers.add(reader(i % 4 == 0 ? 4096 : 0, "a", "b", "c"));
    }
    for (int i = 0; i < EVENTS; i += 100) {
      publish(i, 100, "a", "b", "c");
    }
    for (RawWs reader : readers) {
      List<String> events = new ArrayList<>();
      for (int i = 0; i < 3 * EVENTS; i++) {
        events.add(reader.nextEvent());
      }
      for (String topic : List.of("a", "b", "c")) {
        isWhole(events.stream().filter(e -> Json.text(e, "topic").equals(topic)).toList());
      }
    }
  }

  @Test
  void servesTheOthersWhileReadersResetAndComeBack() throws IOException {
    List<RawWs> staying = new ArrayList<>();
    for (int i = 0; i < READERS / 2; i++) {
      staying.add(reader(0, "t"));
    }
    for (int i = 0; i < EVENTS; i += 25) {
      List<RawWs> leaving = new ArrayList<>();
      for (int r = 0; r < 5; r++) {
        leaving.add(reader(2048, "t")); // with descriptors of those that left before
      }
      publish(i, 25, "t");
      for (RawWs reader : leaving) {
        reader.close(); // what it has not read resets the connection
      }
    }
    for (RawWs reader : staying) {
      isWhole(reader.eventsUntil(EVENTS));
    }
    Await.until(
        "they are gone",
        () -> server.scraped("pushrod_connections{transport=\"websocket\"}") == staying.size());
    assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
  }

  @Test
  void goesOnFromACursor() {
    RawWs first = reader(0, "t");
    publish(0, EVENTS / 2, "t");
    String cursor = Json.text(first.eventsUntil(EVENTS / 2).getLast(), "id");
    publish(EVENTS / 2, EVENTS / 4, "t");
    RawWs second = server.rawWs();
    second.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\",\"after\":\"" + cursor + "\"}");
    publish(EVENTS * 3 / 4, EVENTS / 4, "t");
    assertThat(second.eventsUntil(EVENTS))
        .extracting(RawWs::sequence)
        .isEqualTo(LongStream.rangeClosed(EVENTS / 2 + 1, EVENTS).boxed().toList());
  }

  @Test
  void saysGoodbyeBehindTheLastEvent() throws InterruptedException {
    server.restart("drain.timeout=20s");
    RawWs reader = reader(2048, "t");
    publish(0, EVENTS, "t");
    Thread stopping = Thread.ofVirtual().start(server::stop);
    isWhole(reader.eventsUntil(EVENTS));
    assertThat(reader.closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    stopping.join();
  }
}
