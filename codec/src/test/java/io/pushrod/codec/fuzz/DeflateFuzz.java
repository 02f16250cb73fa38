package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.codec.websocket.MessageInflater;
import io.pushrod.codec.websocket.WebSocketFrames;
import java.util.Arrays;
import java.util.List;

/// Any bytes as a compressed message, as an offer of permessage-deflate, and as a text to compress.
public final class DeflateFuzz {
  private static final int LIMIT = 4096;

  private static final UnpooledByteBufAllocator ALLOC = new UnpooledByteBufAllocator(false);

  private DeflateFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    try (MessageInflater inflater = new MessageInflater(false)) {
      inflatesOrRefuses(inflater, input);
      if (input.length > 0) {
        comesBack(inflater, input, 1 << 15);
        comesBack(inflater, input, 256);
      }
    }
    negotiates(new String(input, ISO_8859_1));
    Claim.equal(ALLOC.metric().usedHeapMemory(), 0L, "memory is given back");
  }

  private static void inflatesOrRefuses(MessageInflater inflater, byte[] input) {
    ByteBuf in = ALLOC.heapBuffer().writeBytes(input);
    ByteBuf out = ALLOC.heapBuffer(16, LIMIT);
    try {
      inflater.inflate(in, 0, input.length, out);
    } catch (ProtocolException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      Claim.that(
          e.reason() == CloseReason.FRAME_TOO_BIG || e.reason() == CloseReason.PROTOCOL_ERROR,
          "refused for what it is");
    } finally {
      in.release();
      out.release();
    }
  }

  private static void comesBack(MessageInflater inflater, byte[] input, int windowBytes) {
    ByteBuf plain = ALLOC.heapBuffer().writeBytes(input);
    ByteBuf blocks = ALLOC.heapBuffer();
    ByteBuf frame = ALLOC.heapBuffer();
    ByteBuf out = ALLOC.heapBuffer(Math.min(16, input.length), input.length);
    try (BlockDeflater deflater = new BlockDeflater(1)) {
      deflater.write(blocks, plain, 0, input.length, windowBytes);
      WebSocketFrames.writeCompressed(frame, true, blocks);
      int length = blocks.readableBytes() - BlockDeflater.TAIL_BYTES;
      inflater.inflate(frame, frame.writerIndex() - length, length, out);
      byte[] got = new byte[out.readableBytes()];
      out.readBytes(got);
      Claim.that(Arrays.equals(got, input), "comes back as it was");
    } finally {
      plain.release();
      blocks.release();
      frame.release();
      out.release();
    }
  }

  private static void negotiates(String offer) {
    DeflateParameters agreed = DeflateParameters.negotiate(List.of(offer));
    if (agreed != null) {
      Claim.that(agreed.serverWindowBits() >= 8 && agreed.serverWindowBits() <= 15, "8 to 15");
      Claim.that(
          agreed.equals(DeflateParameters.negotiate(List.of(agreed.header()))),
          "what is agreed on can be offered");
    }
  }
}
