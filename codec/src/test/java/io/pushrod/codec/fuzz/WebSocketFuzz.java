package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.Utf8;
import io.pushrod.codec.websocket.WebSocketListener;
import io.pushrod.codec.websocket.WebSocketParser;
import java.util.ArrayList;
import java.util.List;

/// Frames of either side, whole and cut: heard alike, in bounded memory that is given back.
///
/// The first byte says whose frames they are and where to cut.
public final class WebSocketFuzz {
  private static final int LIMIT = 4096;

  private WebSocketFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length > 1) {
      List<String> whole = heard(input, input.length);
      Claim.equal(heard(input, 1), whole, "byte by byte");
      Claim.equal(heard(input, 1 + (input[0] & 0x3F)), whole, "in pieces");
    }
  }

  private static List<String> heard(byte[] input, int pieceBytes) {
    UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
    WebSocketParser parser =
        input[0] < 0
            ? WebSocketParser.ofClientFrames(LIMIT)
            : WebSocketParser.ofServerFrames(LIMIT);
    Ear ear = new Ear();
    try {
      for (int at = 1; at < input.length; at += pieceBytes) {
        int length = Math.min(pieceBytes, input.length - at);
        ByteBuf in = alloc.heapBuffer(length, length).writeBytes(input, at, length);
        try {
          parser.parse(in, ear);
          Claim.that(!in.isReadable(), "all is read");
        } finally {
          in.release();
        }
        Claim.that(alloc.metric().usedHeapMemory() <= 6L * LIMIT, "memory is bounded");
      }
      ear.heard.add(parser.isIncomplete() ? "incomplete" : "complete");
    } catch (ProtocolException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      ear.heard.add(e.reason().name());
    }
    parser.release();
    Claim.equal(alloc.metric().usedHeapMemory(), 0L, "memory is given back");
    return ear.heard;
  }

  private static final class Ear implements WebSocketListener {
    final List<String> heard = new ArrayList<>();

    @Override
    public void onText(ByteBuf buf, int offset, int length) {
      Claim.that(Utf8.isValid(buf, offset, length), "text is UTF-8");
      Claim.that(length <= LIMIT, "a message is bounded");
      heard.add("text " + Bytes.hex(buf, offset, length));
    }

    @Override
    public void onBinary(ByteBuf buf, int offset, int length) {
      Claim.that(length <= LIMIT, "a message is bounded");
      heard.add("binary " + Bytes.hex(buf, offset, length));
    }

    @Override
    public void onPing(ByteBuf buf, int offset, int length) {
      Claim.that(length <= 125, "a control frame is bounded");
      heard.add("ping " + Bytes.hex(buf, offset, length));
    }

    @Override
    public void onPong(ByteBuf buf, int offset, int length) {
      Claim.that(length <= 125, "a control frame is bounded");
      heard.add("pong " + Bytes.hex(buf, offset, length));
    }

    @Override
    public void onClose(int code, String reason) {
      heard.add("close " + code + reason);
    }
  }
}
