package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.AckWriter;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ProducerStreamTest {
  private final Queue<Pending> inbox = new ArrayDeque<>();
  private final InFlightBound bound = new InFlightBound(1 << 20, 1000);
  private final ProducerStream stream = new ProducerStream(inbox, bound, 1 << 16);
  private final int eventBytes = Publication.of("t", "x", "1").encode().readableBytes();

  @Test
  void numbersEventsAsTheyAreWritten() {
    welcome(10);
    add(3);
    assertFilled(1, 3);
    add(2);

    assertFilled(4, 2);
    assertThat(stream.isSendable()).isFalse();
  }

  @Test
  void stopsAtTheEventsOfTheWindow() {
    welcome(2);
    add(3);

    assertFilled(1, 2);
    assertThat(stream.isSendable()).isFalse();
    ack(1, 10);
    assertFilled(3, 1);
  }

  @Test
  void stopsAtTheBytesOfTheWindow() {
    welcome(10);
    stream.onWindow(new Window(3 * eventBytes - 1, 10));
    add(3);

    assertFilled(1, 2);
    assertThat(stream.isSendable()).isFalse();
    stream.onWindow(new Window(3 * eventBytes, 10));
    assertFilled(3, 1);
  }

  @Test
  void writesTheSameNumbersAgainOnANewConnection() {
    welcome(10);
    add(4);
    assertFilled(1, 4);
    ack(1, 10);

    welcome(10);
    add(1);

    assertFilled(2, 4);
  }

  @Test
  void settlesWhatAnAckCovers() {
    welcome(10);
    Pending first = add(1);
    Pending second = add(Publication.of("a", "x", "").alsoTo("b"));
    Pending third = add(1);
    assertFilled(1, 3);

    ack(2, 5, 6, 7);

    assertThat(first.settled.join().sequences()).containsExactly(5L);
    assertThat(second.settled.join().sequences()).containsExactly(6L, 7L);
    assertThat(third.settled).isNotDone();
    assertThat(stream.isEmpty()).isFalse();
  }

  @Test
  void failsARejectedEventWithTheAckThatCoversIt() {
    welcome(10);
    Pending first = add(1);
    assertFilled(1, 1);

    stream.onReject(new Reject(1, ErrorCode.TOO_LARGE, 0, "m"));
    assertThat(first.settled).isNotDone();
    ack(1, 0);

    assertThat(first.settled).isCompletedExceptionally();
    assertThat(stream.isEmpty()).isTrue();
  }

  @Test
  void refusesAcksThatDoNotFit() {
    welcome(10);
    add(2);
    assertFilled(1, 2);

    assertThatThrownBy(() -> ack(3, 1, 2, 3)).hasMessage("up to: 3 (expected: 1-2)");
    assertThatThrownBy(() -> ack(1, 1, 2)).hasMessage("topic sequences: 2 (expected: 1)");
    ack(1, 1);
    assertThatThrownBy(() -> ack(1, 1)).isInstanceOf(ProtocolException.class);
    assertThatThrownBy(() -> stream.onReject(new Reject(1, 1, 0, "")))
        .isInstanceOf(ProtocolException.class);
  }

  @Test
  void endsWhenANewServerHasNoRoomForWhatMustBeResent() {
    welcome(10);
    add(1);
    assertFilled(1, 1);

    assertThatThrownBy(() -> stream.onWelcome(new Welcome(eventBytes, 5, 1000, 10, 1000, 0, "")))
        .isInstanceOfSatisfying(
            PublisherClosed.class,
            e -> assertThat(e.reason()).isEqualTo(CloseReason.FRAME_TOO_BIG));
  }

  @Test
  void keepsOrderWhileTheRingGrowsAndWraps() {
    welcome(5000);
    long next = 1;
    for (int round = 0; round < 20; round++) {
      add(50);
      assertFilled(next, 50);
      next += 50;
      ack(next - 26, LongStream.range(0, round == 0 ? 25 : 50).toArray());
    }

    assertThat(stream.isEmpty()).isFalse();
    ack(next - 1, new long[25]);
    assertThat(stream.isEmpty()).isTrue();
  }

  private void welcome(int windowEvents) {
    stream.onWelcome(new Welcome(1 << 20, 1 << 18, 1 << 20, windowEvents, 1000, 0, ""));
  }

  private Pending add(int count) {
    Pending last = add(Publication.of("t", "x", "1"));
    for (int i = 1; i < count; i++) {
      last = add(Publication.of("t", "x", "1"));
    }
    return last;
  }

  private Pending add(Publication publication) {
    var pending = new Pending(publication.encode(), publication.topicCount());
    bound.offer(pending.bytes);
    inbox.add(pending);
    return pending;
  }

  private void assertFilled(long firstSequence, int count) {
    ByteBuf out = Unpooled.buffer();
    assertThat(stream.isSendable()).isTrue();
    assertThat(stream.fill(out)).isTrue();
    assertThat(new IngestDecoder(1 << 20).decode(out))
        .isInstanceOfSatisfying(
            Publish.class,
            publish -> {
              assertThat(publish.firstSequence()).isEqualTo(firstSequence);
              assertThat(publish.count()).isEqualTo(count);
            });
  }

  private void ack(long upTo, long... sequences) {
    ByteBuf out = Unpooled.buffer();
    var writer = new AckWriter();
    writer.begin(out);
    for (long sequence : sequences) {
      writer.add(sequence);
    }
    writer.end(upTo);
    if (new IngestDecoder(1 << 20).decode(out) instanceof Ack ack) {
      stream.onAck(ack);
    }
  }
}
