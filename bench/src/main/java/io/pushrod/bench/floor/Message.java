package io.pushrod.bench.floor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A message as it goes over the wire, outside the heap. Runs of `@` in it hold the sequence, runs
/// of `#` the intended time.
final class Message {
  private static final int MOST_BYTES = 65_535;

  /// A number's place.
  private record Field(int offset, int width) {}

  private final MemorySegment bytes;
  private final Field[] sequences;
  private final Field[] times;

  /// How many readers get it.
  int readers;

  private Message(byte[] text) {
    if (text.length == 0 || text.length > MOST_BYTES) {
      throw new IllegalArgumentException(
          "message: " + text.length + " B (expected: 1 to " + MOST_BYTES + ")");
    }
    bytes = Arena.global().allocate(text.length);
    MemorySegment.copy(text, 0, bytes, ValueLayout.JAVA_BYTE, 0, text.length);
    sequences = fields(text, '@');
    times = fields(text, '#');
  }

  static Message load(Path file) throws IOException {
    return new Message(Files.readAllBytes(file));
  }

  private static Field[] fields(byte[] text, char mark) {
    List<Field> fields = new ArrayList<>();
    for (int i = 0; i < text.length; i++) {
      int start = i;
      while (i < text.length && text[i] == mark) {
        i++;
      }
      if (i > start) {
        fields.add(new Field(start, i - start));
      }
    }
    return fields.toArray(Field[]::new);
  }

  /// The least number with all digits of the sequence, so that no digit is ever a leading zero.
  long firstSequence() {
    long first = 1;
    for (int digit = 1; sequences.length > 0 && digit < sequences[0].width; digit++) {
      first *= 10;
    }
    return first;
  }

  /// What nobody reads is not written.
  void writeSequence(long sequence) {
    if (readers > 0) {
      write(sequences, sequence);
    }
  }

  /// See [#writeSequence].
  void writeTime(long nanos) {
    if (readers > 0) {
      write(times, nanos);
    }
  }

  private void write(Field[] fields, long value) {
    for (Field field : fields) {
      long rest = value;
      for (int at = field.offset + field.width - 1; at >= field.offset; at--) {
        bytes.set(ValueLayout.JAVA_BYTE, at, (byte) ('0' + rest % 10));
        rest /= 10;
      }
    }
  }

  /// One `send()`.
  ///
  /// @return whether the kernel took it whole
  boolean sendTo(int fd) {
    return Libc.send(fd, bytes, bytes.byteSize());
  }
}
