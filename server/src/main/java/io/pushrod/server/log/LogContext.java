package io.pushrod.server.log;

import io.netty.buffer.ByteBufAllocator;

/// What all logs of one owner share.
///
/// **Thread:** the owner.
public final class LogContext {
  private final ByteBufAllocator allocator;
  private final Retention retention;
  private final String env;
  private final int producersPerTopic;
  private final LogEvents events;
  private final EventEncoder encoder = new EventEncoder();

  /// What a log reports; the callbacks count.
  public interface LogEvents {
    void onDuplicate();

    void onTrimmed(long events);

    /// A bound of retention was met, which trims.
    default void onBound(Retention.Bound bound) {}
  }

  /// @param allocator gives the off-heap memory of segments
  /// @param env the deployment's name, 1–64 characters of a topic name; stands in every event
  /// @param producersPerTopic how many producers a log remembers for telling duplicates
  public LogContext(
      ByteBufAllocator allocator,
      Retention retention,
      String env,
      int producersPerTopic,
      LogEvents events) {
    this.allocator = allocator;
    this.retention = retention;
    this.env = env;
    this.producersPerTopic = producersPerTopic;
    this.events = events;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  Retention retention() {
    return retention;
  }

  String env() {
    return env;
  }

  int producersPerTopic() {
    return producersPerTopic;
  }

  EventEncoder encoder() {
    return encoder;
  }

  void duplicate() {
    events.onDuplicate();
  }

  void bound(Retention.Bound bound) {
    events.onBound(bound);
  }

  void trimmed(long count) {
    events.onTrimmed(count);
  }
}
