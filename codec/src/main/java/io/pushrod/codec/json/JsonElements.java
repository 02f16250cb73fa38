package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;

/// Walks the elements of one array in checked JSON text.
public final class JsonElements {
  private final ByteBuf buf;
  private final int end;
  private int index;
  private int valueOffset;
  private int valueLength;

  /// Starts before the first element of a checked array. The buffer is only read.
  public JsonElements(ByteBuf buf, int offset, int length) {
    this.buf = buf;
    this.end = offset + length;
    this.index = JsonValue.skipSpace(buf, offset, end) + 1;
  }

  /// Goes to the next element, if there is one.
  public boolean next() {
    int i = JsonValue.skipSpace(buf, index, end);
    if (buf.getByte(i) == ',') {
      i = JsonValue.skipSpace(buf, i + 1, end);
    }
    if (buf.getByte(i) == ']') {
      index = i;
      return false;
    }
    valueOffset = i;
    index = JsonValue.end(buf, i, end);
    valueLength = index - i;
    return true;
  }

  public int valueOffset() {
    return valueOffset;
  }

  public int valueLength() {
    return valueLength;
  }
}
