package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.sse.SseListener;
import io.pushrod.codec.sse.SseParser;
import java.util.ArrayList;
import java.util.List;

/// An event stream, whole and cut: heard alike, no event beyond the limit.
public final class SseFuzz {
  private static final int LIMIT = 512;

  private SseFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    List<String> whole = heard(input, Math.max(1, input.length));
    Claim.equal(heard(input, 1), whole, "byte by byte");
    Claim.equal(heard(input, 5), whole, "in pieces");
  }

  private static List<String> heard(byte[] input, int pieceBytes) {
    List<String> heard = new ArrayList<>();
    SseParser parser = new SseParser(LIMIT);
    SseListener listener =
        new SseListener() {
          @Override
          public void onEvent(String type, ByteBuf data, int offset, int length) {
            Claim.that(length <= LIMIT, "data is bounded");
            heard.add(type + Bytes.hex(data, offset, length) + parser.lastEventId());
          }

          @Override
          public void onRetry(int millis) {
            Claim.that(millis >= 0, "retry is not negative");
            heard.add("retry " + millis);
          }

          @Override
          public void onComment() {
            heard.add("comment");
          }
        };
    try {
      for (int at = 0; at < input.length; at += pieceBytes) {
        ByteBuf in = Unpooled.wrappedBuffer(input, at, Math.min(pieceBytes, input.length - at));
        parser.parse(in, listener);
        Claim.that(!in.isReadable(), "all is read");
      }
      heard.add("id " + parser.lastEventId());
    } catch (ProtocolException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
      heard.add(e.reason().name());
    }
    return heard;
  }
}
