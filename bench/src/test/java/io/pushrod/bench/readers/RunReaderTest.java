package io.pushrod.bench.readers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.Topics;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A reader of a run, whose events have Dockrion's fields.
class RunReaderTest {
  private static final Door DOOR =
      new Door(
          Transport.SSE,
          "127.0.0.1",
          1,
          "/runs/{topics}/events?from_sequence=1",
          ",",
          List.of(),
          List.of(),
          "\"type\":\"started\"",
          1,
          List.of(),
          1,
          0,
          new Topics("r", 1, 1),
          Door.Dialect.DOCKRION);

  private final Tally tally = new Tally();
  private int ready;
  private EmbeddedChannel channel = new EmbeddedChannel();

  private final Life life =
      new Life() {
        @Override
        public void onReady(ReaderConnection connection) {
          ready++;
        }

        @Override
        public void onFailed(String reason) {
          throw new AssertionError(reason);
        }
      };

  @BeforeEach
  void open() {
    ReaderGroup group = new ReaderGroup(channel.eventLoop());
    channel = new EmbeddedChannel(new ReaderConnection(group, DOOR, 0, tally, new Place(1), life));
    channel.releaseOutbound();
    receive("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nretry: 2000\n\n");
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
  }

  private void event(int sequence, String type, String rest) {
    receive(
        "id: e-%1$d\nevent: %2$s\ndata: {\"id\":\"evt-00000000000%1$d\",\"type\":\"%2$s\",\"run_id\":\"r00000\",\"sequence\":%1$d,\"timestamp\":\"2026-01-01T00:00:00.000+00:00\",%3$s}\n\n"
            .formatted(sequence, type, rest));
  }

  private void token(int sequence) {
    event(
        sequence,
        "token",
        "\"content\":\"%019d some words\",\"finish_reason\":null".formatted(System.nanoTime()));
  }

  @Test
  void isInWithTheFirstEventOfTheRun() {
    assertThat(ready).isZero();
    event(1, "started", "\"agent_name\":\"bench\"");
    token(2);
    assertThat(ready).isOne();
    assertThat(tally.deliveries).isEqualTo(2);
    assertThat(tally.missing + tally.repeated + tally.malformed).isZero();
  }

  @Test
  void timesEveryToken() {
    event(1, "started", "\"agent_name\":\"bench\"");
    token(2);
    token(3);
    assertThat(tally.latencyNanos.getTotalCount()).isEqualTo(2);
  }

  @Test
  void noticesATokenThatIsMissing() {
    event(1, "started", "\"agent_name\":\"bench\"");
    token(2);
    token(4);
    assertThat(tally.missing).isEqualTo(1);
  }

  @Test
  void noticesATokenThatIsRepeated() {
    event(1, "started", "\"agent_name\":\"bench\"");
    token(2);
    token(2);
    assertThat(tally.repeated).isEqualTo(1);
  }
}
