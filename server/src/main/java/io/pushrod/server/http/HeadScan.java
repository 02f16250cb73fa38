package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;

/// The grammar of a request line and of field lines (RFC 9112 sections 3 and 5), byte by byte,
/// where Netty's decoder reads it leniently.
///
/// One space between the parts of the request line, a version `HTTP/x.y`, lines that end with CRLF
/// and none that goes on in the next. It keeps no bytes, so any split of the input means the same.
///
/// **Thread:** the channel's event loop.
final class HeadScan {
  private enum State {
    METHOD_START,
    METHOD,
    TARGET_START,
    TARGET,
    VERSION,
    FIELD_START,
    NAME,
    VALUE,
    LINE_END,
    SECTION_END,
    DONE,
    REFUSED
  }

  private static final String VERSION = "HTTP/x.x";

  private State state = State.METHOD_START;
  private int versionBytes;

  /// Whether what was refused stood where the line feed behind a carriage return has to be.
  private boolean cutLine;

  /// Begins with the first byte of a request line.
  void beginRequest() {
    state = State.METHOD_START;
    versionBytes = 0;
    cutLine = false;
  }

  /// Begins with the first byte of a field section: that of trailers.
  void beginFields() {
    state = State.FIELD_START;
  }

  boolean isDone() {
    return state == State.DONE;
  }

  boolean isRefused() {
    return state == State.REFUSED;
  }

  /// Whether the last byte taken is a carriage return whose line feed has not come.
  boolean awaitsLineFeed() {
    return cutLine || state == State.LINE_END || state == State.SECTION_END;
  }

  /// Takes bytes up to the end of the section or the first that is refused.
  ///
  /// @return the index of the first byte that was not taken
  int scan(ByteBuf in, int from) {
    int at = from;
    for (int end = in.writerIndex(); at < end && !isDone(); at++) {
      boolean behindReturn = awaitsLineFeed();
      state = next(in.getByte(at) & 0xff);
      if (isRefused()) {
        cutLine = behindReturn;
        return at;
      }
    }
    return at;
  }

  private State next(int c) {
    return switch (state) {
      case METHOD_START -> Grammar.isToken(c) ? State.METHOD : State.REFUSED;
      case METHOD -> Grammar.isToken(c) ? state : c == ' ' ? State.TARGET_START : State.REFUSED;
      case TARGET_START -> c > ' ' ? State.TARGET : State.REFUSED;
      case TARGET -> c > ' ' ? state : c == ' ' ? State.VERSION : State.REFUSED;
      case VERSION -> version(c);
      case FIELD_START ->
          c == '\r' ? State.SECTION_END : Grammar.isToken(c) ? State.NAME : State.REFUSED;
      case NAME -> Grammar.isToken(c) ? state : c == ':' ? State.VALUE : State.REFUSED;
      case VALUE -> Grammar.isText(c) ? state : c == '\r' ? State.LINE_END : State.REFUSED;
      case LINE_END -> c == '\n' ? State.FIELD_START : State.REFUSED;
      case SECTION_END -> c == '\n' ? State.DONE : State.REFUSED;
      case DONE, REFUSED -> state;
    };
  }

  private State version(int c) {
    if (versionBytes == VERSION.length()) {
      return c == '\r' ? State.LINE_END : State.REFUSED;
    }
    char expected = VERSION.charAt(versionBytes++);
    boolean fits = expected == 'x' ? c >= '0' && c <= '9' : c == expected;
    return fits ? state : State.REFUSED;
  }
}
