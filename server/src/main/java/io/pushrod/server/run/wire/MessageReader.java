package io.pushrod.server.run.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Takes a message apart that [MessageWriter] made. Whatever it is given, it ends in a value or a
/// [MalformedMessage], and takes no more memory than a small multiple of the message.
///
/// **Thread:** one.
public final class MessageReader {
  private static final int GROUP = 7;
  private static final int MORE = 0x80;

  private final byte[] bytes;
  private int at;

  public MessageReader(byte[] bytes) {
    this.bytes = bytes;
  }

  public int octet() {
    if (at == bytes.length) {
      throw new MalformedMessage("message: too short");
    }
    return bytes[at++] & 0xff;
  }

  public boolean flag() {
    int value = octet();
    if (value > 1) {
      throw new MalformedMessage("flag: " + value + " (expected: 0 or 1)");
    }
    return value == 1;
  }

  /// @param values of the enum, in order
  public <E extends Enum<E>> E choice(E[] values) {
    int ordinal = octet();
    if (ordinal >= values.length) {
      throw new MalformedMessage("choice: " + ordinal + " (expected: < " + values.length + ")");
    }
    return values[ordinal];
  }

  public long number() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += GROUP) {
      int next = octet();
      value |= (long) (next & (MORE - 1)) << shift;
      if ((next & MORE) == 0) {
        return value;
      }
    }
    throw new MalformedMessage("number: too long (expected: <= 10 bytes)");
  }

  public int small() {
    long value = number();
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new MalformedMessage("number: " + value + " (expected: 31 bits)");
    }
    return (int) value;
  }

  private int length() {
    int length = small();
    if (length > bytes.length - at) {
      throw new MalformedMessage("length: " + length + " (expected: what is there)");
    }
    return length;
  }

  public String text() {
    int length = length();
    String text = new String(bytes, at, length, UTF_8);
    at += length;
    return text;
  }

  public @Nullable String maybe() {
    return flag() ? text() : null;
  }

  public <T> List<T> each(Supplier<T> reader) {
    int count = length();
    List<T> values = new ArrayList<>(Math.min(count, 16));
    for (int i = 0; i < count; i++) {
      values.add(reader.get());
    }
    return List.copyOf(values);
  }

  /// @throws MalformedMessage when something is left
  public void end() {
    if (at != bytes.length) {
      throw new MalformedMessage("message: too long");
    }
  }
}
