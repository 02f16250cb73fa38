package io.pushrod.codec.deflate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.GZIPInputStream;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockDeflaterTest {
  private static final String EVENT =
      "{\"id\":\"k3f9x2-7\",\"seq\":7,\"topic\":\"thread/42\",\"data\":{\"text\":\"to be or not to be, or not\"}}";

  private final BlockDeflater deflater = new BlockDeflater(1);

  @AfterEach
  void freesNativeMemory() {
    deflater.close();
  }

  private byte[] write(byte[] plain, int windowBytes) {
    ByteBuf out = Unpooled.buffer(8);
    deflater.write(out, Unpooled.wrappedBuffer(plain), 0, plain.length, windowBytes);
    return ByteBufUtil.getBytes(out);
  }

  /// What an inflater that has seen nothing before makes of it.
  private static byte[] inflate(byte[] blocks) throws DataFormatException {
    Inflater inflater = new Inflater(true);
    try {
      inflater.setInput(blocks);
      ByteArrayOutputStream plain = new ByteArrayOutputStream();
      byte[] piece = new byte[1000];
      for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
        plain.write(piece, 0, n);
      }
      assertThat(inflater.getRemaining()).isZero();
      assertThat(inflater.finished()).isFalse();
      return plain.toByteArray();
    } finally {
      inflater.end();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 100, 32_767, 32_768, 32_769, 300_000})
  void writesWhatAnyInflaterReads(int length) throws DataFormatException {
    byte[] random = new byte[length];
    new Random(length).nextBytes(random);
    assertThat(inflate(write(random, 1 << 15))).isEqualTo(random);
    byte[] text = EVENT.repeat(1 + length / EVENT.length()).substring(0, length).getBytes(UTF_8);
    assertThat(inflate(write(text, 1 << 15))).isEqualTo(text);
    assertThat(inflate(write(text, 256))).isEqualTo(text);
  }

  @Test
  void refersToNothingThatItWroteBefore() throws DataFormatException {
    byte[] first = write(EVENT.getBytes(UTF_8), 1 << 15);
    byte[] again = write(EVENT.getBytes(UTF_8), 1 << 15);
    assertThat(again).isEqualTo(first);
    assertThat(inflate(again)).asString(UTF_8).isEqualTo(EVENT);
  }

  @Test
  void endsOnAByteBoundaryWithTheTail() {
    assertThat(ByteBufUtil.hexDump(write(EVENT.getBytes(UTF_8), 1 << 15))).endsWith("0000ffff");
  }

  @Test
  void readsFromAnywhereInABuffer() throws DataFormatException {
    ByteBuf direct = Unpooled.directBuffer().writeBytes(new byte[3]);
    direct.writeBytes(EVENT.getBytes(UTF_8)).writeBytes(new byte[3]);
    ByteBuf parts =
        Unpooled.wrappedBuffer(
            Unpooled.copiedBuffer(EVENT.substring(0, 9), UTF_8),
            Unpooled.copiedBuffer(EVENT.substring(9), UTF_8));
    ByteBuf out = Unpooled.directBuffer();
    deflater.write(out, direct, 3, EVENT.length(), 1 << 15);
    deflater.write(out, parts, 0, EVENT.length(), 1 << 15);
    assertThat(inflate(ByteBufUtil.getBytes(out))).asString(UTF_8).isEqualTo(EVENT + EVENT);
    direct.release();
    parts.release();
    out.release();
  }

  @Test
  void goesIntoAGzipStreamWithStoredTexts() throws IOException {
    ByteBuf out = Unpooled.buffer();
    GzipPieces.writeHeader(out);
    byte[] large = new byte[70_000];
    GzipPieces.writeStored(out, Unpooled.wrappedBuffer(":\n\n".getBytes(UTF_8)), 0, 3);
    out.writeBytes(write(EVENT.getBytes(UTF_8), 1 << 15));
    int before = out.readableBytes();
    GzipPieces.writeStored(out, Unpooled.wrappedBuffer(large), 0, large.length);
    assertThat(out.readableBytes() - before).isEqualTo(GzipPieces.storedLength(large.length));

    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(ByteBufUtil.getBytes(out)))) {
      for (int next = in.read(); next >= 0; next = in.read()) {
        plain.write(next);
      }
    } catch (EOFException endOfAStreamThatGoesOn) {
      assertThat(plain.toString(UTF_8)).isEqualTo(":\n\n" + EVENT + new String(large, UTF_8));
      return;
    }
    throw new AssertionError("end: clean (expected: a stream that goes on)");
  }
}
