package io.pushrod.codec.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.util.ByteProcessor;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;

/// Parses an event stream as browsers do (WHATWG HTML, "Server-sent events", section "Interpreting
/// an event stream"), whatever pieces it comes in.
///
/// Lines end in LF, CR or CRLF. An event without a `data` field is not dispatched, but its id
/// counts. An event that the end of the stream cuts is none.
///
/// **Thread:** one at a time.
public final class SseParser {
  /*
   * Bytes are gathered in `line` up to its end; the field is then interpreted from there. `id` is
   * the id that the stream named last, `lastId` the one that an empty line has confirmed. All
   * buffers are on the heap and need no release.
   */

  private static final String DEFAULT_TYPE = "message";
  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final ByteBuf DATA = field("data");
  private static final ByteBuf EVENT = field("event");
  private static final ByteBuf ID = field("id");
  private static final ByteBuf RETRY = field("retry");
  private static final int MAX_RETRY_DIGITS = 9;

  private final int limitBytes;
  private final ByteBuf line = Unpooled.buffer(256);
  private final ByteBuf data = Unpooled.buffer(256);
  private final ByteBuf id = Unpooled.buffer(32);
  private final ByteBuf lastId = Unpooled.buffer(32);
  private String type = DEFAULT_TYPE;
  private boolean hasData;
  private boolean firstLine = true;
  private boolean afterCr;

  /// @param limitBytes the longest line, and the longest data of one event
  public SseParser(int limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// Where to resume: the value for `Last-Event-ID`, empty for none.
  public String lastEventId() {
    return lastId.toString(UTF_8);
  }

  /// Reads all of `in`, which stays the caller's.
  ///
  /// @throws ProtocolException `FRAME_TOO_BIG` for a line or an event beyond the limit
  public void parse(ByteBuf in, SseListener listener) {
    while (in.isReadable()) {
      if (afterCr) {
        afterCr = false;
        if (in.getByte(in.readerIndex()) == '\n') {
          in.skipBytes(1);
          continue;
        }
      }
      int end = in.forEachByte(ByteProcessor.FIND_CRLF);
      int length = (end < 0 ? in.writerIndex() : end) - in.readerIndex();
      checkLimit("line", line.readableBytes() + (long) length);
      line.writeBytes(in, length);
      if (end >= 0) {
        afterCr = in.readByte() == '\r';
        line(listener);
        line.clear();
      }
    }
  }

  /// Forgets what is incomplete, for a new connection; keeps the last id, as a browser does.
  public void reset() {
    line.clear();
    data.clear();
    id.clear().writeBytes(lastId, 0, lastId.writerIndex());
    type = DEFAULT_TYPE;
    hasData = false;
    firstLine = true;
    afterCr = false;
  }

  private void line(SseListener listener) {
    if (firstLine) {
      firstLine = false;
      skipMark();
    }
    int start = line.readerIndex();
    int end = line.writerIndex();
    if (start == end) {
      dispatch(listener);
      return;
    }
    int colon = line.indexOf(start, end, (byte) ':');
    if (colon == start) {
      listener.onComment();
      return;
    }
    int nameEnd = colon < 0 ? end : colon;
    int value = colon < 0 ? end : colon + 1;
    if (value < end && line.getByte(value) == ' ') {
      value++;
    }
    field(nameEnd, value, end - value, listener);
  }

  private void skipMark() {
    if (line.readableBytes() >= MARK.length
        && line.getByte(0) == MARK[0]
        && line.getByte(1) == MARK[1]
        && line.getByte(2) == MARK[2]) {
      line.skipBytes(MARK.length);
    }
  }

  private void field(int nameEnd, int value, int length, SseListener listener) {
    if (isNamed(DATA, nameEnd)) {
      checkLimit("data", data.readableBytes() + 1L + length);
      if (hasData) {
        data.writeByte('\n');
      }
      hasData = true;
      data.writeBytes(line, value, length);
    } else if (isNamed(ID, nameEnd)) {
      if (line.indexOf(value, value + length, (byte) 0) < 0) {
        id.clear().writeBytes(line, value, length);
      }
    } else if (isNamed(EVENT, nameEnd)) {
      type = length == 0 ? DEFAULT_TYPE : line.toString(value, length, UTF_8);
    } else if (isNamed(RETRY, nameEnd)) {
      retry(value, length, listener);
    }
  }

  private boolean isNamed(ByteBuf name, int nameEnd) {
    int start = line.readerIndex();
    return nameEnd - start == name.readableBytes()
        && ByteBufUtil.equals(name, 0, line, start, nameEnd - start);
  }

  private void retry(int value, int length, SseListener listener) {
    int millis = 0;
    for (int i = value; i < value + length; i++) {
      int digit = line.getByte(i) - '0';
      if (digit < 0 || digit > 9) {
        return;
      }
      millis = i - value < MAX_RETRY_DIGITS ? millis * 10 + digit : Integer.MAX_VALUE;
    }
    if (length > 0) {
      listener.onRetry(millis);
    }
  }

  private void dispatch(SseListener listener) {
    lastId.clear().writeBytes(id, 0, id.writerIndex());
    if (hasData) {
      listener.onEvent(type, data, 0, data.writerIndex());
    }
    hasData = false;
    data.clear();
    type = DEFAULT_TYPE;
  }

  private void checkLimit(String what, long bytes) {
    if (bytes > limitBytes) {
      throw new ProtocolException(
          CloseReason.FRAME_TOO_BIG,
          what + ": at least " + bytes + " bytes (expected: <= " + limitBytes + ")");
    }
  }

  private static ByteBuf field(String name) {
    return Unpooled.unreleasableBuffer(Unpooled.wrappedBuffer(name.getBytes(US_ASCII)));
  }
}
