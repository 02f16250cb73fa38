package io.pushrod.server.log;

/// How much history a topic keeps; whichever bound is met first trims.
///
/// @param bytes the most stored bytes, frame headers included
/// @param events the most events
/// @param ageMillis the oldest event's age in milliseconds
/// @param lifecycleBytes reserved for lifecycle events of the trimmed part
public record Retention(long bytes, long events, long ageMillis, int lifecycleBytes) {
  /// Which part of it trims an event.
  public enum Bound {
    BYTES,
    EVENTS,
    AGE,
    /// The memory budget of the server.
    MEMORY
  }

  public Retention {
    if (bytes < 1 || events < 1 || ageMillis < 1 || lifecycleBytes < 0) {
      throw new IllegalArgumentException("retention: bytes, events and age (expected: >= 1)");
    }
  }
}
