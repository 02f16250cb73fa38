package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static io.pushrod.server.support.IngestClient.publishFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("acceptance")
final class IngestTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "server.event_loops=2",
          "limits.inbox_entries=16",
          "limits.event_bytes=1KiB",
          "limits.ingest_frame_bytes=256KiB",
          "limits.ingest_window_bytes=2MiB");

  @Test
  void welcomesWithItsLimits() {
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.hello("agents", 7, server.token());

      IngestFrame.Welcome welcome = client.welcome();

      assertThat(welcome.maxFrameBytes()).isEqualTo(256 << 10);
      assertThat(welcome.maxEventBytes()).isEqualTo(1 << 10);
      assertThat(welcome.windowBytes()).isEqualTo(2 << 20);
      assertThat(welcome.windowEvents()).isEqualTo(8192);
      assertThat(welcome.lastSequence()).isZero();
      assertThat(welcome.server()).startsWith("pushrod ");
    }
  }

  @Test
  void deliversPublishedEventsInOrderToAReader() {
    WsClient reader = server.ws();
    reader.subscribe("thread/1", "");
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.publish(1, note("thread/1", 1), note("thread/1", 2), note("thread/1", 3));
      client.publish(4, note("thread/1", 4));

      assertThat(client.settled(4).sequences()).containsExactly(1L, 2L, 3L, 4L);
    }

    List<String> events = reader.nextEvents(4);
    assertThat(events).extracting(e -> Json.number(e, "n")).containsExactly(1L, 2L, 3L, 4L);
    assertThat(events).extracting(e -> Json.number(e, "seq")).containsExactly(1L, 2L, 3L, 4L);
  }

  @Test
  void storesIdsTimestampAndDefaultPayload() {
    WsClient reader = server.ws();
    reader.subscribe("run/1", "");
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.publish(
          1,
          event(
              List.of("run/1"),
              "run_end",
              Map.of(IdField.RUN_ID, "r1", IdField.AGENT_ID, "a b"),
              new byte[0]),
          event("run/1", "note", " { \"a\" : [ 1 , 2 ] } "));
      client.settled(2);
    }

    assertThat(reader.nextEvent())
        .contains("\"type\":\"run_end\"", "\"run_id\":\"r1\",\"agent_id\":\"a b\",\"data\":{}}");
    assertThat(reader.nextEvent()).endsWith("\"data\":{\"a\":[1,2]}}");
  }

  @Test
  void givesEachTopicOfAnEventItsOwnSequence() {
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.publish(
          1,
          note("thread/1", 1),
          event(
              List.of("thread/1", "run/1", "project/1"),
              "note",
              Map.of(),
              "1".getBytes(StandardCharsets.UTF_8)),
          note("project/1", 3));

      assertThat(client.settled(3).sequences()).containsExactly(1L, 2L, 1L, 1L, 2L);
    }
  }

  @Test
  void acknowledgesSignalsWithZero() {
    WsClient reader = server.ws();
    reader.subscribe("thread/1", "");
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.publish(1, note("thread/1", 1), event("thread/1", "typing", "{}"));
      client.publish(3, note("thread/1", 3));

      assertThat(client.settled(3).sequences()).containsExactly(1L, 0L, 2L);
    }
    assertThat(reader.nextEvents(2)).extracting(e -> Json.text(e, "type")).contains("note");
  }

  @Test
  void takesAFrameThatComesByteByByte() {
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      for (byte b : publishFrame(1, note("thread/1", 1), note("thread/1", 2))) {
        client.send(new byte[] {b});
      }
      client.publish(3, note("thread/1", 3));

      assertThat(client.settled(3).sequences()).containsExactly(1L, 2L, 3L);
    }
  }

  @Test
  void answersAPingWithItsValue() {
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.send(new IngestFrame.Ping(-42));

      assertThat(client.next(IngestFrame.Pong.class).value()).isEqualTo(-42);
    }
  }

  @Test
  void waitsForOwnersWithoutRoomAndKeepsTheOrder() {
    int frames = 6000;
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      ByteBuf all = Unpooled.buffer();
      for (int i = 1; i <= frames; i++) {
        all.writeBytes(publishFrame(i, note("thread/" + i % 4, i)));
      }
      client.send(ByteBufUtil.getBytes(all));

      assertThat(client.settled(frames).sequences())
          .containsExactlyElementsOf(
              LongStream.rangeClosed(1, frames)
                  .map(i -> i / 4 + (i % 4 == 0 ? 0 : 1))
                  .boxed()
                  .toList());
    }
    assertThat(server.count(Counter.LIMIT_INBOX_ENTRIES)).isPositive();
  }

  @Test
  void acknowledgesWhatIsInFlightBeforeItAnswersAGoaway() {
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      for (int i = 0; i < 200; i++) {
        client.publish(i + 1, note("thread/" + i % 4, i));
      }
      client.send(IngestFrame.Goaway.of(CloseReason.NORMAL));

      assertThat(client.settled(200).sequences()).hasSize(200).doesNotContain(0L);
      assertThat(client.next(IngestFrame.Goaway.class).code()).isEqualTo(1000);
      assertThat(client.nextOrEnd()).isNull();
    }
  }

  @Test
  void saysGoodbyeWhenItStops() {
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      client.publish(1, note("thread/1", 1));
      client.settled(1);
      server.stop();

      IngestFrame.Goaway goaway = client.goaway();

      assertThat(goaway.code()).isEqualTo(1001);
      assertThat(goaway.reconnect()).isTrue();
    } finally {
      server.start();
    }
  }

  @Test
  void cutsAcksAtTheGreatestFrame() {
    // 8 topics with names of one byte: the ack of an event is longer than the event.
    byte[] event =
        event(
            List.of("a", "b", "c", "d", "e", "f", "g", "h"),
            "n",
            Map.of(),
            "1".getBytes(StandardCharsets.UTF_8));
    try (IngestClient client = IngestClient.ready(server, "agents", 1)) {
      int count = 6000;
      byte[][] events = IntStream.range(0, count).mapToObj(_ -> event).toArray(byte[][]::new);
      client.publish(1, events);

      long last = 0;
      int acks = 0;
      while (last < count) {
        IngestFrame.Ack ack = client.next(IngestFrame.Ack.class);
        assertThat(9 + ack.count() * 8).isLessThanOrEqualTo(256 << 10);
        assertThat(ack.count()).isEqualTo((int) (ack.upTo() - last) * 8);
        last = ack.upTo();
        acks++;
      }
      assertThat(acks).isGreaterThan(1);
    }
  }

  @Test
  void sharesOneOrderAmongAllReadersOfATopic() {
    try (IngestClient one = IngestClient.ready(server, "one", 1);
        IngestClient two = IngestClient.ready(server, "two", 1)) {
      for (int i = 1; i <= 100; i++) {
        one.publish(i, note("thread/1", i));
        two.publish(i, note("thread/1", 1000 + i));
      }
      List<Long> sequences = new ArrayList<>(one.settled(100).sequences());
      sequences.addAll(two.settled(100).sequences());

      assertThat(sequences)
          .containsExactlyInAnyOrderElementsOf(LongStream.rangeClosed(1, 200).boxed().toList());
    }
    assertThat(server.count(Counter.EVENTS_APPENDED)).isEqualTo(200);
  }

  private static byte[] note(String topic, long n) {
    return event(topic, "note", "{\"n\":" + n + "}");
  }
}
