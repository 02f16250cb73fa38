package io.pushrod.codec.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class SseWriterTest {
  private static final byte[] EPOCH = "k3f9x2".getBytes(US_ASCII);
  private final ByteBuf data = Unpooled.copiedBuffer("##{\"a\":\"é\"}##", UTF_8);
  private final int length = data.readableBytes() - 4;

  @Test
  void writesAnEvent() {
    assertThat(written(out -> SseWriter.writeEvent(out, EPOCH, 1042, data, 2, length)))
        .isEqualTo("id: k3f9x2-1042\ndata: {\"a\":\"é\"}\n\n");
  }

  @Test
  void writesAnEventWithoutAnId() {
    assertThat(written(out -> SseWriter.writeEvent(out, data, 2, length)))
        .isEqualTo("data: {\"a\":\"é\"}\n\n");
  }

  @Test
  void writesAnEventAsOneChunk() {
    assertThat(written(out -> SseWriter.writeEventChunk(out, EPOCH, 1042, data, 2, length)))
        .isEqualTo("22\r\nid: k3f9x2-1042\ndata: {\"a\":\"é\"}\n\n\r\n");
    assertThat(written(out -> SseWriter.writeEventChunk(out, data, 2, length)))
        .isEqualTo("12\r\ndata: {\"a\":\"é\"}\n\n\r\n");
  }

  @Test
  void writesACompositeIdBesideItsEvent() {
    assertThat(
            written(
                out -> {
                  SseWriter.writeId(out, "a=k3-1,b=k4-2");
                  SseWriter.writeEvent(out, data, 2, length);
                }))
        .isEqualTo("id: a=k3-1,b=k4-2\ndata: {\"a\":\"é\"}\n\n");
    assertThat(written(out -> SseWriter.writeIdChunk(out, "a=k3-1,b=k4-2")))
        .isEqualTo("12\r\nid: a=k3-1,b=k4-2\n\r\n");
  }

  @Test
  void writesTheDelayBeforeAReconnect() {
    assertThat(written(out -> SseWriter.writeRetry(out, 2500))).isEqualTo("retry: 2500\n");
    assertThat(written(out -> SseWriter.writeRetryChunk(out, 2500)))
        .isEqualTo("c\r\nretry: 2500\n\r\n");
  }

  @Test
  void writesTheHeartbeat() {
    assertThat(written(SseWriter::writeComment)).isEqualTo(":\n\n");
    assertThat(written(SseWriter::writeCommentChunk)).isEqualTo("3\r\n:\n\n\r\n");
  }

  @Test
  void endsAChunkedBody() {
    assertThat(written(SseWriter::writeLastChunk)).isEqualTo("0\r\n\r\n");
  }

  @Property(tries = 200)
  void knowsLengthsBeforehand(
      @ForAll @LongRange(min = 0) long sequence, @ForAll @IntRange(max = 70_000) int dataLength) {
    ByteBuf filled = Unpooled.buffer().writeZero(dataLength);
    ByteBuf out = Unpooled.buffer();
    SseWriter.writeEvent(out, EPOCH, sequence, filled, 0, dataLength);
    int bare = out.readableBytes();
    assertThat(SseWriter.eventLength(EPOCH, sequence, dataLength)).isEqualTo(bare);
    out.clear();
    SseWriter.writeEventChunk(out, EPOCH, sequence, filled, 0, dataLength);
    assertThat(out.readableBytes()).isEqualTo(bare + SseWriter.chunkOverhead(bare));
    assertThat(out.toString(US_ASCII)).startsWith(Integer.toHexString(bare) + "\r\nid: ");
  }

  private static String written(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer(1);
    writer.accept(out);
    return out.toString(UTF_8);
  }
}
