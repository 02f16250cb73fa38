package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.Utf8;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Parses the frames of one direction of one connection, whatever pieces they come in.
///
/// A handler feeds it every buffer that it reads, then releases that buffer. When [#parse] throws,
/// the connection is to be closed for the exception's reason. When the connection has ended,
/// [#release] gives back what is incomplete.
///
/// **Thread:** one at a time.
public final class WebSocketParser {
  /*
   * A frame that lies whole in the bytes that were read, as nearly all do, is unmasked in place and
   * handed on from there. Only a frame that is cut is copied, into `incomplete`, which grows with
   * the bytes that have come (a header's promise allocates nothing) and is unmasked and checked as
   * it grows, so that bad text fails at its first bad byte. The header is read again each time; it
   * is the only record of what the frame is. A compressed message is gathered as it came and inflated
   * at its end, so that no connection holds an inflater in between.
   */

  /// The code of a close frame without one (RFC 6455 section 7.4.1); it is never on the wire.
  public static final int NO_CODE = 1005;

  private final int limitBytes;
  private final int limitFragments;
  private final boolean masked;
  private final @Nullable Inflation inflation;
  private boolean closed;
  private @Nullable Incomplete incomplete;

  private WebSocketParser(
      int limitBytes, int limitFragments, boolean masked, @Nullable Inflation inflation) {
    this.limitBytes = limitBytes;
    this.limitFragments = limitFragments;
    this.masked = masked;
    this.inflation = inflation;
  }

  /// For a server: every frame must be masked.
  ///
  /// @param limitBytes the longest message, in one frame or many
  public static WebSocketParser ofClientFrames(int limitBytes) {
    return ofClientFrames(limitBytes, 0);
  }

  /// For a server that bounds fragments too.
  ///
  /// @param limitBytes the longest message, in one frame or many
  /// @param limitFragments the most frames of one message; 0 is no bound
  public static WebSocketParser ofClientFrames(int limitBytes, int limitFragments) {
    return new WebSocketParser(limitBytes, limitFragments, true, null);
  }

  /// For a server that speaks permessage-deflate on this connection.
  ///
  /// @param limitBytes the longest message, inflated
  /// @param inflation stays the caller's, and outlives this parser
  public static WebSocketParser ofCompressedClientFrames(
      int limitBytes, int limitFragments, Inflation inflation) {
    return new WebSocketParser(limitBytes, limitFragments, true, inflation);
  }

  /// For a client: no frame may be masked.
  ///
  /// @param limitBytes the longest message, in one frame or many
  public static WebSocketParser ofServerFrames(int limitBytes) {
    return new WebSocketParser(limitBytes, 0, false, null);
  }

  /// Reads all of `in`, which is changed (unmasked) in place and stays the caller's. What follows a
  /// close frame is dropped.
  ///
  /// @throws ProtocolException `PROTOCOL_ERROR`, `FRAME_TOO_BIG`, `BAD_UTF8`, or `POLICY` for too
  ///   many fragments; nothing may be parsed after that
  public void parse(ByteBuf in, WebSocketListener listener) {
    Incomplete rest = incomplete;
    if (rest != null && rest.frame != null && !complete(rest, rest.frame, in, listener)) {
      return;
    }
    while (!closed && in.isReadable()) {
      int index = in.readerIndex();
      int needed = needed(in, index, in.readableBytes());
      if (needed > in.readableBytes()) {
        keep(in);
        return;
      }
      in.skipBytes(needed);
      frame(in, index, needed, listener);
    }
    in.skipBytes(in.readableBytes());
  }

  /// Whether a frame or a fragmented message has begun and not ended.
  public boolean isIncomplete() {
    return incomplete != null;
  }

  /// Gives back what is incomplete. May be called twice.
  public void release() {
    closed = true;
    if (incomplete != null) {
      incomplete.release();
      incomplete = null;
    }
  }

  /// The bytes of the whole frame, or, while its header is cut, more than are there.
  private int needed(ByteBuf buf, int index, int readable) {
    if (readable < FrameHeader.MIN_BYTES) {
      return FrameHeader.MIN_BYTES;
    }
    FrameHeader.check(buf, index, masked, inflation != null);
    int opcode = buf.getByte(index) & 0x0F;
    boolean within = incomplete != null && incomplete.fragments > 0;
    if ((opcode == Opcode.CONTINUATION) != within && opcode <= Opcode.BINARY) {
      throw FrameHeader.bad(
          within
              ? "data frame: within a message (expected: a continuation)"
              : "continuation: of nothing (expected: a new message)");
    }
    int header = FrameHeader.length(buf, index);
    if (readable < header - (masked ? Integer.BYTES : 0)) {
      return header;
    }
    long payload = FrameHeader.payload(buf, index);
    if ((opcode & Opcode.CONTROL) == 0) {
      checkLimit(buf, index, payload);
    }
    return header + (int) payload;
  }

  private void checkLimit(ByteBuf buf, int index, long payload) {
    long before =
        incomplete == null || incomplete.message == null ? 0 : incomplete.message.readableBytes();
    if (payload > limitBytes(isCompressed(buf, index)) - before) {
      throw new ProtocolException(
          CloseReason.FRAME_TOO_BIG,
          "message: at least "
              + Long.toUnsignedString(before + payload)
              + " bytes (expected: <= "
              + limitBytes
              + ")");
    }
  }

  /// The most bytes of a message on the wire. What does not compress grows a little: 5 bytes for
  /// each stored block.
  private int limitBytes(boolean compressed) {
    return compressed ? limitBytes + (limitBytes >> 8) + 64 : limitBytes;
  }

  /// Whether a data frame is, or continues, a compressed message.
  private boolean isCompressed(ByteBuf buf, int index) {
    int first = buf.getByte(index);
    return (first & 0x0F) == Opcode.CONTINUATION
        ? incomplete != null && incomplete.compressed
        : (first & Opcode.RSV1) != 0;
  }

  private Incomplete incomplete() {
    Incomplete rest = incomplete;
    if (rest == null) {
      rest = new Incomplete();
      incomplete = rest;
    }
    return rest;
  }

  private void keep(ByteBuf in) {
    Incomplete rest = incomplete();
    rest.frame = in.alloc().buffer(in.readableBytes()).writeBytes(in);
    openPart(rest.frame);
  }

  /// Adds to the frame that is cut; false when `in` was not enough.
  private boolean complete(Incomplete rest, ByteBuf frame, ByteBuf in, WebSocketListener listener) {
    while (true) {
      int needed = needed(frame, 0, frame.readableBytes());
      int missing = needed - frame.readableBytes();
      if (missing <= 0) {
        frame(frame, 0, needed, listener);
        rest.releaseFrame();
        forgetIfEmpty();
        return true;
      }
      if (!in.isReadable()) {
        openPart(frame);
        return false;
      }
      frame.writeBytes(in, Math.min(missing, in.readableBytes()));
    }
  }

  private void forgetIfEmpty() {
    if (incomplete != null && incomplete.isEmpty()) {
      incomplete = null;
    }
  }

  private void openPart(ByteBuf frame) {
    int readable = frame.readableBytes();
    if (readable < FrameHeader.MIN_BYTES || (frame.getByte(0) & Opcode.CONTROL) != 0) {
      return;
    }
    int header = FrameHeader.length(frame, 0);
    if (readable > header) {
      open(frame, 0, header, readable - header);
    }
  }

  /// Unmasks and checks the payload of a data frame as far as it is there.
  ///
  /// @return where the check of the text stands
  private int open(ByteBuf buf, int index, int header, int available) {
    Incomplete rest = incomplete;
    int from = rest == null ? 0 : rest.opened;
    int utf8 = rest == null ? Utf8.BOUNDARY : rest.utf8;
    int offset = index + header + from;
    unmask(buf, index, header, from, available);
    int opcode = buf.getByte(index) & 0x0F;
    if (opcode == Opcode.CONTINUATION && rest != null) {
      opcode = rest.opcode;
    }
    if (opcode == Opcode.TEXT && !isCompressed(buf, index)) {
      utf8 = Utf8.next(utf8, buf, offset, available - from);
      if (utf8 == Utf8.INVALID) {
        throw badText("text");
      }
    }
    if (rest != null) {
      rest.opened = available;
      rest.utf8 = utf8;
    }
    return utf8;
  }

  private void unmask(ByteBuf buf, int index, int header, int from, int to) {
    if (masked) {
      int mask = buf.getInt(index + header - Integer.BYTES);
      Masking.apply(buf, index + header + from, to - from, mask, from);
    }
  }

  private void frame(ByteBuf buf, int index, int bytes, WebSocketListener listener) {
    int first = buf.getByte(index);
    int opcode = first & 0x0F;
    int header = FrameHeader.length(buf, index);
    int offset = index + header;
    int payload = bytes - header;
    switch (opcode) {
      case Opcode.PING -> {
        unmask(buf, index, header, 0, payload);
        listener.onPing(buf, offset, payload);
      }
      case Opcode.PONG -> {
        unmask(buf, index, header, 0, payload);
        listener.onPong(buf, offset, payload);
      }
      case Opcode.CLOSE -> {
        unmask(buf, index, header, 0, payload);
        close(buf, offset, payload, listener);
      }
      default -> data(first, buf, index, header, payload, listener);
    }
  }

  private void data(
      int first, ByteBuf buf, int index, int header, int payload, WebSocketListener listener) {
    int opcode = first & 0x0F;
    boolean last = (first & Opcode.FIN) != 0;
    boolean compressed = isCompressed(buf, index);
    int utf8 = open(buf, index, header, payload);
    if (last && utf8 != Utf8.BOUNDARY) {
      throw badText("text");
    }
    if (incomplete != null) {
      incomplete.opened = 0;
    }
    if (last && opcode != Opcode.CONTINUATION) {
      message(opcode, compressed, buf, index + header, payload, listener);
      return;
    }
    Incomplete rest = begun(buf, opcode, compressed, payload);
    rest.utf8 = utf8;
    if (rest.message != null) {
      rest.message.writeBytes(buf, index + header, payload);
    }
    if (last) {
      lastFragment(listener);
    }
  }

  /// The message that a fragment begins or continues.
  private Incomplete begun(ByteBuf buf, int opcode, boolean compressed, int payload) {
    Incomplete rest = incomplete();
    rest.fragments++;
    if (limitFragments > 0 && rest.fragments > limitFragments) {
      throw new ProtocolException(
          CloseReason.POLICY,
          "message: more than " + limitFragments + " fragments (expected: fewer)");
    }
    if (rest.message == null) {
      rest.message = buf.alloc().buffer(payload, limitBytes(compressed));
      rest.opcode = opcode;
      rest.compressed = compressed;
    }
    return rest;
  }

  private void lastFragment(WebSocketListener listener) {
    Incomplete rest = incomplete;
    if (rest != null && rest.message != null) {
      ByteBuf message = rest.message;
      message(rest.opcode, rest.compressed, message, 0, message.readableBytes(), listener);
      rest.releaseMessage();
      forgetIfEmpty();
    }
  }

  private void message(
      int opcode,
      boolean compressed,
      ByteBuf buf,
      int offset,
      int length,
      WebSocketListener listener) {
    Inflation inflating = inflation;
    if (!compressed || inflating == null) {
      message(opcode, buf, offset, length, listener);
      return;
    }
    ByteBuf inflated =
        buf.alloc().buffer((int) Math.min(limitBytes, Math.max(256, 4L * length)), limitBytes);
    try {
      inflating.inflate(buf, offset, length, inflated);
      if (opcode == Opcode.TEXT && !Utf8.isValid(inflated, 0, inflated.readableBytes())) {
        throw badText("text");
      }
      message(opcode, inflated, 0, inflated.readableBytes(), listener);
    } finally {
      inflated.release();
    }
  }

  private static void message(
      int opcode, ByteBuf buf, int offset, int length, WebSocketListener listener) {
    if (opcode == Opcode.TEXT) {
      listener.onText(buf, offset, length);
    } else {
      listener.onBinary(buf, offset, length);
    }
  }

  private void close(ByteBuf buf, int offset, int length, WebSocketListener listener) {
    closed = true;
    if (length == 0) {
      listener.onClose(NO_CODE, "");
      return;
    }
    int code = buf.getUnsignedShort(offset);
    if (!mayBeSent(code)) {
      throw FrameHeader.bad(
          "close code: " + code + " (expected: 1000-1003, 1007-1014 or 3000-4999)");
    }
    int text = offset + Short.BYTES;
    if (!Utf8.isValid(buf, text, length - Short.BYTES)) {
      throw badText("close reason");
    }
    listener.onClose(code, buf.toString(text, length - Short.BYTES, StandardCharsets.UTF_8));
  }

  /// Whether a close code may be on the wire: RFC 6455 section 7.4 and the IANA registry.
  private static boolean mayBeSent(int code) {
    return (code >= 1000 && code <= 1003)
        || (code >= 1007 && code <= 1014)
        || (code >= 3000 && code <= 4999);
  }

  private static ProtocolException badText(String what) {
    return new ProtocolException(CloseReason.BAD_UTF8, what + ": not UTF-8 (expected: UTF-8)");
  }
}
