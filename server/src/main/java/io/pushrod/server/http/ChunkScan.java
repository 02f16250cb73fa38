package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;

/// The grammar of a chunked body (RFC 9112 section 7.1), byte by byte, where Netty's decoder reads
/// it leniently.
///
/// Sizes are bare hexadecimal digits; extensions are complete and without spaces; trailers are
/// field lines. It keeps no bytes, so any split of the input means the same.
///
/// **Thread:** the channel's event loop.
final class ChunkScan {
  private enum State {
    SIZE_START,
    SIZE,
    EXTENSION_START,
    EXTENSION,
    VALUE_START,
    VALUE,
    QUOTED,
    ESCAPED,
    VALUE_END,
    SIZE_END,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILERS,
    REFUSED
  }

  /// Fifteen digits stay a positive `long`; a body of seven is beyond every limit.
  private static final int MOST_DIGITS = 15;

  private final HeadScan trailers;
  private State state = State.SIZE_START;
  private long dataBytes;
  private int digits;

  /// @param trailers taken over for the trailer section
  ChunkScan(HeadScan trailers) {
    this.trailers = trailers;
  }

  boolean isDone() {
    return state == State.TRAILERS && trailers.isDone();
  }

  boolean isRefused() {
    return state == State.REFUSED || (state == State.TRAILERS && trailers.isRefused());
  }

  /// Takes bytes up to the end of the body or the first that is refused.
  ///
  /// @return the index of the first byte that was not taken
  int scan(ByteBuf in, int from) {
    int at = from;
    int end = in.writerIndex();
    while (at < end && state != State.REFUSED) {
      if (state == State.TRAILERS) {
        return trailers.scan(in, at);
      }
      if (state == State.DATA) {
        int taken = (int) Math.min(dataBytes, end - at);
        dataBytes -= taken;
        at += taken;
        state = dataBytes == 0 ? State.DATA_CR : state;
        continue;
      }
      state = next(in.getByte(at) & 0xff);
      at += state == State.REFUSED ? 0 : 1;
    }
    return at;
  }

  private State next(int c) {
    return switch (state) {
      case SIZE_START -> {
        dataBytes = 0;
        digits = 0;
        yield size(c) ? State.SIZE : State.REFUSED;
      }
      case SIZE -> size(c) ? state : afterExtension(c);
      case EXTENSION_START -> Grammar.isToken(c) ? State.EXTENSION : State.REFUSED;
      case EXTENSION ->
          Grammar.isToken(c) ? state : c == '=' ? State.VALUE_START : afterExtension(c);
      case VALUE_START ->
          c == '"' ? State.QUOTED : Grammar.isToken(c) ? State.VALUE : State.REFUSED;
      case VALUE -> Grammar.isToken(c) ? state : afterExtension(c);
      case QUOTED -> quoted(c);
      case ESCAPED -> Grammar.isText(c) ? State.QUOTED : State.REFUSED;
      case VALUE_END -> afterExtension(c);
      case SIZE_END -> c == '\n' ? afterSize() : State.REFUSED;
      case DATA_CR -> c == '\r' ? State.DATA_LF : State.REFUSED;
      case DATA_LF -> c == '\n' ? State.SIZE_START : State.REFUSED;
      case DATA, TRAILERS, REFUSED -> state;
    };
  }

  private boolean size(int c) {
    int digit = c < 128 ? Character.digit(c, 16) : -1;
    if (digit < 0 || ++digits > MOST_DIGITS) {
      return false;
    }
    dataBytes = dataBytes * 16 + digit;
    return true;
  }

  private static State quoted(int c) {
    return switch (c) {
      case '"' -> State.VALUE_END;
      case '\\' -> State.ESCAPED;
      default -> Grammar.isText(c) ? State.QUOTED : State.REFUSED;
    };
  }

  private static State afterExtension(int c) {
    return c == ';' ? State.EXTENSION_START : c == '\r' ? State.SIZE_END : State.REFUSED;
  }

  private State afterSize() {
    if (dataBytes > 0) {
      return State.DATA;
    }
    trailers.beginFields();
    return State.TRAILERS;
  }
}
