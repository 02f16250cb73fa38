package io.pushrod.codec.websocket;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Random valid sequences of frames, cut anywhere, mean the same.
class FrameSequenceTest {
  private static final int LIMIT = 300_000;
  private static final int[] LENGTHS = {0, 1, 5, 20, 125, 126, 300, 5000, 70_000};

  @Property(tries = 60)
  void aServerHearsWhatAClientSaid(@ForAll long seed) {
    Sequence sequence = new Sequence(new Random(seed), true);
    assertThat(
            ParserVerifier.outcome(() -> WebSocketParser.ofClientFrames(LIMIT), sequence.bytes()))
        .isEqualTo(sequence.expected);
  }

  @Property(tries = 60)
  void aClientHearsWhatAServerSaid(@ForAll long seed) {
    Sequence sequence = new Sequence(new Random(seed), false);
    assertThat(
            ParserVerifier.outcome(() -> WebSocketParser.ofServerFrames(LIMIT), sequence.bytes()))
        .isEqualTo(sequence.expected);
  }

  private static final class Sequence {
    private final Random random;
    private final boolean masked;
    private final ByteBuf out = Unpooled.buffer();
    private final List<String> expected = new ArrayList<>();

    Sequence(Random random, boolean masked) {
      this.random = random;
      this.masked = masked;
      for (int i = random.nextInt(8); i >= 0; i--) {
        message();
      }
      if (random.nextBoolean()) {
        ByteBuf body = Unpooled.buffer().writeShort(4000).writeBytes("ende".getBytes(UTF_8));
        frame(Opcode.FIN | Opcode.CLOSE, body);
        expected.add("close 4000 ende");
      }
    }

    byte[] bytes() {
      byte[] bytes = new byte[out.readableBytes()];
      out.getBytes(0, bytes);
      return bytes;
    }

    private void message() {
      boolean text = random.nextBoolean();
      ByteBuf content = content(text, random.nextInt(LENGTHS[random.nextInt(LENGTHS.length)] + 1));
      String heard =
          text ? "text " + content.toString(UTF_8) : "binary " + ByteBufUtil.hexDump(content);
      int opcode = text ? Opcode.TEXT : Opcode.BINARY;
      while (random.nextInt(3) == 0) {
        frame(opcode, content.readSlice(random.nextInt(content.readableBytes() + 1)));
        opcode = Opcode.CONTINUATION;
        if (random.nextBoolean()) {
          control();
        }
      }
      frame(Opcode.FIN | opcode, content);
      expected.add(heard);
      if (random.nextInt(3) == 0) {
        control();
      }
    }

    private ByteBuf content(boolean text, int length) {
      ByteBuf content = Unpooled.buffer();
      while (content.readableBytes() < length) {
        if (text) {
          content.writeCharSequence(random.nextInt(4) == 0 ? "é漢😀" : "plain", UTF_8);
        } else {
          content.writeByte(random.nextInt());
        }
      }
      return content;
    }

    private void control() {
      boolean ping = random.nextBoolean();
      String text = "p".repeat(random.nextInt(126));
      frame(Opcode.FIN | (ping ? Opcode.PING : Opcode.PONG), Unpooled.copiedBuffer(text, UTF_8));
      expected.add((ping ? "ping " : "pong ") + text);
    }

    /// Written out again here, so that parser and writer cannot agree on a mistake.
    private void frame(int first, ByteBuf content) {
      int length = content.readableBytes();
      int maskBit = masked ? 0x80 : 0;
      out.writeByte(first);
      if (length < 126) {
        out.writeByte(maskBit | length);
      } else if (length < 65536) {
        out.writeByte(maskBit | 126).writeShort(length);
      } else {
        out.writeByte(maskBit | 127).writeLong(length);
      }
      byte[] mask = new byte[4];
      if (masked) {
        random.nextBytes(mask);
        out.writeBytes(mask);
      }
      for (int i = 0; i < length; i++) {
        out.writeByte(content.readByte() ^ mask[i % 4]);
      }
    }
  }
}
