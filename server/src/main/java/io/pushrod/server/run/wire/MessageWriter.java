package io.pushrod.server.run.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Puts a message together: numbers in groups of seven bits, lowest first; texts in UTF-8 behind
/// their length.
///
/// **Thread:** one.
public final class MessageWriter {
  private static final int GROUP = 7;
  private static final int MORE = 0x80;

  private byte[] bytes = new byte[128];
  private int length;

  public MessageWriter octet(int value) {
    room(1);
    bytes[length++] = (byte) value;
    return this;
  }

  public MessageWriter flag(boolean value) {
    return octet(value ? 1 : 0);
  }

  public MessageWriter choice(Enum<?> value) {
    return octet(value.ordinal());
  }

  /// Negative ones take ten bytes.
  public MessageWriter number(long value) {
    long left = value;
    while ((left & ~(MORE - 1L)) != 0) {
      octet((int) (left & (MORE - 1)) | MORE);
      left >>>= GROUP;
    }
    return octet((int) left);
  }

  public MessageWriter text(String value) {
    byte[] utf8 = value.getBytes(UTF_8);
    number(utf8.length);
    room(utf8.length);
    System.arraycopy(utf8, 0, bytes, length, utf8.length);
    length += utf8.length;
    return this;
  }

  /// A text, or none.
  public MessageWriter maybe(@Nullable String value) {
    flag(value != null);
    return value == null ? this : text(value);
  }

  public <T> MessageWriter each(Collection<T> values, Consumer<T> writer) {
    number(values.size());
    values.forEach(writer);
    return this;
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  public byte[] done() {
    return Arrays.copyOf(bytes, length);
  }
}
