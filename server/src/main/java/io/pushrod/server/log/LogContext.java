package io.pushrod.server.log;

import io.netty.buffer.ByteBufAllocator;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryBudget;
import java.util.function.Predicate;

/// What all logs of one owner share.
///
/// **Thread:** the owner.
public final class LogContext {
  private final ByteBufAllocator allocator;
  private final Retention retention;
  private final String env;
  private final int producersPerTopic;
  private final LogEvents events;
  private final MemoryBudget memory;
  private final MemoryAccount account;
  private final long residentBytes;
  private final Predicate<EventType> emitted;
  private int squeeze;
  private final EventEncoder encoder = new EventEncoder();

  /// What a log reports; the callbacks count.
  public interface LogEvents {
    void onDuplicate();

    void onTrimmed(long events);

    /// A bound of retention was met, which trims.
    default void onBound(Retention.Bound bound) {}
  }

  /// A context whose logs share no budget.
  public LogContext(
      ByteBufAllocator allocator,
      Retention retention,
      String env,
      int producersPerTopic,
      LogEvents events) {
    this(
        allocator,
        retention,
        env,
        producersPerTopic,
        events,
        MemoryBudget.unbounded(),
        new MemoryAccount(),
        0,
        _ -> true);
  }

  /// @param allocator gives the off-heap memory of segments
  /// @param env the deployment's name, 1–64 characters of a topic name; stands in every event
  /// @param producersPerTopic how many producers a log remembers for telling duplicates
  /// @param memory where the room for segments is reserved
  /// @param account counts what else the logs hold
  /// @param residentBytes of a log's newest events that stay in memory where a store has all of it;
  ///   0 where there is no store
  /// @param emitted what a log that a store has keeps from its [LogRule.Keep] on
  public LogContext(
      ByteBufAllocator allocator,
      Retention retention,
      String env,
      int producersPerTopic,
      LogEvents events,
      MemoryBudget memory,
      MemoryAccount account,
      long residentBytes,
      Predicate<EventType> emitted) {
    this.emitted = emitted;
    this.residentBytes = residentBytes;
    this.memory = memory;
    this.account = account;
    this.allocator = allocator;
    this.retention = retention;
    this.env = env;
    this.producersPerTopic = producersPerTopic;
    this.events = events;
  }

  /// Whether a store has what the logs have.
  boolean isStored() {
    return residentBytes > 0;
  }

  public long residentBytes() {
    return residentBytes;
  }

  public Predicate<EventType> emitted() {
    return emitted;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  Retention retention() {
    return retention;
  }

  MemoryBudget memory() {
    return memory;
  }

  MemoryAccount account() {
    return account;
  }

  /// Makes logs keep less: each step halves what they may keep.
  public void squeeze(int steps) {
    squeeze = steps;
  }

  boolean isSqueezed() {
    return squeeze > 0;
  }

  /// The bytes that a log may keep of what is no longer young. One without readers is squeezed by
  /// two steps more.
  long squeezedBytes(boolean read) {
    return retention.bytes() >> Math.min(62, read ? squeeze : squeeze + 2);
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
