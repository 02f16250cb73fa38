package io.pushrod.bench.readers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.Topics;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A reader of Centrifugo, which joins replies and pushes in one frame.
class ReaderConnectionTest {
  private static final Door DOOR =
      Door.of(Transport.WS, 1, "/", List.of(), "\"subscribe\":", Topics.one("t"));

  private static final Life NOBODY =
      new Life() {
        @Override
        public void onReady(ReaderConnection connection) {}

        @Override
        public void onFailed(String reason) {
          throw new AssertionError(reason);
        }
      };

  private final Tally tally = new Tally();
  private EmbeddedChannel channel = new EmbeddedChannel();

  @BeforeEach
  void open() {
    ReaderGroup group = new ReaderGroup(channel.eventLoop());
    channel =
        new EmbeddedChannel(new ReaderConnection(group, DOOR, 0, tally, new Place(1), NOBODY));
    receive("HTTP/1.1 101 Switching Protocols\r\n\r\n");
    frame("{\"id\":1,\"connect\":{}}\n{\"id\":2,\"subscribe\":{}}\n" + push(1));
    channel.releaseOutbound();
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void countsEveryPushOfAFrame() {
    frame(push(2) + '\n' + push(3));
    frame(push(4));
    assertThat(tally.deliveries).isEqualTo(4);
    assertThat(tally.missing + tally.repeated + tally.malformed).isZero();
  }

  @Test
  void noticesAPushThatIsMissingInsideAFrame() {
    frame(push(2) + '\n' + push(4));
    assertThat(tally.missing).isEqualTo(1);
  }

  @Test
  void answersAnEmptyObjectByTheLike() {
    frame("{}\n" + push(2));
    ByteBuf answer = channel.readOutbound();
    assertThat(answer.readableBytes()).isEqualTo(2 + 4 + 2);
    answer.release();
    assertThat(tally.deliveries).isEqualTo(2);
  }

  private static String push(int sequence) {
    return "{\"push\":{\"channel\":\"t\",\"pub\":{\"data\":{\"id\":\"e-%d\",\"seq\":%d}}}}"
        .formatted(sequence, sequence);
  }

  private void frame(String text) {
    ByteBuf frame = Unpooled.buffer();
    frame.writeByte(0x81);
    if (text.length() < 126) {
      frame.writeByte(text.length());
    } else {
      frame.writeByte(126).writeShort(text.length());
    }
    channel.writeInbound(frame.writeBytes(text.getBytes(US_ASCII)));
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, US_ASCII));
  }
}
