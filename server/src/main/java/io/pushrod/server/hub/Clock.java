package io.pushrod.server.hub;

/// Time, passed in so that tests need no waiting.
public interface Clock {
  Clock SYSTEM =
      new Clock() {
        @Override
        public long nanos() {
          return System.nanoTime();
        }

        @Override
        public long millis() {
          return System.currentTimeMillis();
        }
      };

  /// Monotonic, for durations.
  long nanos();

  /// Since 1970, for timestamps.
  long millis();
}
