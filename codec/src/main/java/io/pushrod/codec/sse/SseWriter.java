package io.pushrod.codec.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.Digits;

/// Appends pieces of an event stream (`text/event-stream`) to a buffer.
///
/// Each piece comes bare, for a body whose framing is somebody else's, and as exactly one chunk of
/// `Transfer-Encoding: chunked` (RFC 9112 section 7.1). Data must be one line; JSON without white
/// space between tokens is. Nothing is allocated. Any run of pieces may be written at once.
public final class SseWriter {
  private static final byte[] ID = "id: ".getBytes(US_ASCII);
  private static final byte[] DATA = "data: ".getBytes(US_ASCII);
  private static final byte[] RETRY = "retry: ".getBytes(US_ASCII);
  private static final byte[] COMMENT = ":\n\n".getBytes(US_ASCII);
  private static final byte[] COMMENT_CHUNK = "3\r\n:\n\n\r\n".getBytes(US_ASCII);
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(US_ASCII);
  private static final int CRLF = '\r' << 8 | '\n';
  private static final int LF_LF = '\n' << 8 | '\n';

  private SseWriter() {}

  /// Bytes of [#writeEvent(ByteBuf, byte[], long, ByteBuf, int, int)].
  public static int eventLength(byte[] epoch, long sequence, int dataLength) {
    return ID.length
        + epoch.length
        + 1
        + Digits.decimalLength(sequence)
        + 1
        + eventLength(dataLength);
  }

  /// Bytes of [#writeEvent(ByteBuf, ByteBuf, int, int)].
  public static int eventLength(int dataLength) {
    return DATA.length + dataLength + 2;
  }

  /// Writes `id: <epoch>-<sequence>`, `data: …` and the empty line that ends the event.
  ///
  /// @param epoch its text in ASCII
  /// @param data holds the data; neither read nor released
  public static void writeEvent(
      ByteBuf out, byte[] epoch, long sequence, ByteBuf data, int offset, int length) {
    out.writeBytes(ID).writeBytes(epoch).writeByte('-');
    Digits.writeDecimal(out, sequence);
    out.writeByte('\n');
    writeEvent(out, data, offset, length);
  }

  /// Writes an event without an id, or the rest of one whose id was written by [#writeId].
  public static void writeEvent(ByteBuf out, ByteBuf data, int offset, int length) {
    out.writeBytes(DATA).writeBytes(data, offset, length).writeShort(LF_LF);
  }

  public static void writeEventChunk(
      ByteBuf out, byte[] epoch, long sequence, ByteBuf data, int offset, int length) {
    beginChunk(out, eventLength(epoch, sequence, length));
    writeEvent(out, epoch, sequence, data, offset, length);
    endChunk(out);
  }

  public static void writeEventChunk(ByteBuf out, ByteBuf data, int offset, int length) {
    beginChunk(out, eventLength(length));
    writeEvent(out, data, offset, length);
    endChunk(out);
  }

  /// Bytes of [#writeId].
  public static int idLength(CharSequence id) {
    return ID.length + id.length() + 1;
  }

  /// Writes `id: …` alone; the event follows by [#writeEvent(ByteBuf, ByteBuf, int, int)].
  ///
  /// @param id ASCII without line ends
  public static void writeId(ByteBuf out, CharSequence id) {
    out.writeBytes(ID);
    ByteBufUtil.writeAscii(out, id);
    out.writeByte('\n');
  }

  public static void writeIdChunk(ByteBuf out, CharSequence id) {
    beginChunk(out, idLength(id));
    writeId(out, id);
    endChunk(out);
  }

  /// Writes `retry: N`, the client's delay before it reconnects. Not an event, so no empty line
  /// follows.
  public static void writeRetry(ByteBuf out, long millis) {
    out.writeBytes(RETRY);
    Digits.writeDecimal(out, millis);
    out.writeByte('\n');
  }

  public static void writeRetryChunk(ByteBuf out, long millis) {
    beginChunk(out, RETRY.length + Digits.decimalLength(millis) + 1);
    writeRetry(out, millis);
    endChunk(out);
  }

  /// Writes the empty comment, which keeps a connection alive and reaches no application.
  public static void writeComment(ByteBuf out) {
    out.writeBytes(COMMENT);
  }

  public static void writeCommentChunk(ByteBuf out) {
    out.writeBytes(COMMENT_CHUNK);
  }

  /// Ends a chunked body.
  public static void writeLastChunk(ByteBuf out) {
    out.writeBytes(LAST_CHUNK);
  }

  /// Bytes that a chunk adds to its content.
  public static int chunkOverhead(int length) {
    return Digits.hexLength(length) + 4;
  }

  /// Writes the head of a chunk of exactly `length` bytes, which the caller writes before
  /// [#endChunk].
  ///
  /// @param length at least 1: a chunk of 0 would end the body
  public static void beginChunk(ByteBuf out, int length) {
    Digits.writeHex(out, length);
    out.writeShort(CRLF);
  }

  public static void endChunk(ByteBuf out) {
    out.writeShort(CRLF);
  }
}
