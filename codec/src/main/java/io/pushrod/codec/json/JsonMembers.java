package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/// Walks the members of one object in checked JSON text, without allocating; use it again with
/// [#reset].
///
/// Names and values are ranges of the buffer, raw: a name is without its quotes, a value with all
/// that it has. Names that repeat come as often as they are there.
///
/// **Thread:** one at a time.
public final class JsonMembers {
  private ByteBuf buf = Unpooled.EMPTY_BUFFER;
  private int index;
  private int end;
  private int nameOffset;
  private int nameLength;
  private int valueOffset;
  private int valueLength;

  /// Whether checked text is an object.
  public static boolean isObject(ByteBuf buf, int offset, int length) {
    return buf.getByte(JsonValue.skipSpace(buf, offset, offset + length)) == '{';
  }

  /// Starts before the first member of a checked object. The buffer is read until the next call,
  /// and never released.
  public JsonMembers reset(ByteBuf buf, int offset, int length) {
    this.buf = buf;
    this.end = offset + length;
    this.index = JsonValue.skipSpace(buf, offset, end) + 1;
    return this;
  }

  /// Goes to the next member, if there is one.
  public boolean next() {
    int i = JsonValue.skipSpace(buf, index, end);
    if (buf.getByte(i) == ',') {
      i = JsonValue.skipSpace(buf, i + 1, end);
    }
    if (buf.getByte(i) == '}') {
      index = i;
      return false;
    }
    int nameEnd = JsonValue.stringEnd(buf, i, end);
    nameOffset = i + 1;
    nameLength = nameEnd - i - 2;
    valueOffset = JsonValue.skipSpace(buf, JsonValue.skipSpace(buf, nameEnd, end) + 1, end);
    index = JsonValue.end(buf, valueOffset, end);
    valueLength = index - valueOffset;
    return true;
  }

  public int nameOffset() {
    return nameOffset;
  }

  public int nameLength() {
    return nameLength;
  }

  public int valueOffset() {
    return valueOffset;
  }

  public int valueLength() {
    return valueLength;
  }

  /// Whether the name is spelled exactly so; an escaped spelling of it is another name.
  public boolean nameEquals(byte[] ascii) {
    if (ascii.length != nameLength) {
      return false;
    }
    for (int i = 0; i < ascii.length; i++) {
      if (buf.getByte(nameOffset + i) != ascii[i]) {
        return false;
      }
    }
    return true;
  }
}
