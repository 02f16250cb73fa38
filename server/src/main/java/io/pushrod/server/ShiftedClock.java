package io.pushrod.server;

import io.pushrod.server.hub.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The system's time, off by what a file says at that moment: for tests of what happens when the
/// clock of a machine jumps. Durations are as they are, because a machine's monotonic clock does
/// not jump.
///
/// The file holds milliseconds, eight bytes in little-endian order. The system property
/// `pushrod.test.clock` names it; no setting does.
///
/// **Thread:** any; a change is seen soon.
final class ShiftedClock implements Clock {
  private static final String PROPERTY = "pushrod.test.clock";

  private final ByteBuffer offsetMillis;

  private ShiftedClock(ByteBuffer offsetMillis) {
    this.offsetMillis = offsetMillis;
  }

  /// The clock of this process.
  static Clock ofProcess() {
    String file = System.getProperty(PROPERTY);
    return file == null ? Clock.SYSTEM : by(Path.of(file));
  }

  /// @param file of eight bytes
  static Clock by(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new ShiftedClock(
          channel.map(MapMode.READ_ONLY, 0, Long.BYTES).order(ByteOrder.LITTLE_ENDIAN));
    } catch (IOException e) {
      throw new UncheckedIOException(PROPERTY + ": " + file + " (expected: eight bytes)", e);
    }
  }

  @Override
  public long nanos() {
    return Clock.SYSTEM.nanos();
  }

  @Override
  public long millis() {
    return Clock.SYSTEM.millis() + offsetMillis.getLong(0);
  }
}
