package io.pushrod.server.metrics;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The counters of one shard.
///
/// Every slot is a `long` in one array, written with opaque stores: one writer needs no atomic add,
/// and a reader sees each slot whole, soon, and in no particular order to the others.
///
/// **Thread:** writes on the owning event loop; reads on any.
public final class ShardMetrics {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

  /// Slots kept free at both ends, so that neighbours in the heap don't share our cache lines.
  private static final int PAD = 16;

  private static final int TRANSPORTS = Transport.values().length;
  private static final int REASONS = CloseReason.values().length;
  private static final int CODES = ErrorCode.values().length;

  private static final int COUNTERS_AT = PAD;
  private static final int OPENED_AT = COUNTERS_AT + Counter.values().length;
  private static final int HANDED_OVER_AT = OPENED_AT + TRANSPORTS;
  private static final int CLOSED_AT = HANDED_OVER_AT + TRANSPORTS;
  private static final int REJECTED_AT = CLOSED_AT + TRANSPORTS * REASONS;
  private static final int HTTP_ERRORS_AT = REJECTED_AT + CODES;
  private static final int BUCKETS_AT = HTTP_ERRORS_AT + CODES;
  private static final int SUM_AT = BUCKETS_AT + LatencyBuckets.COUNT;
  private static final int END = SUM_AT + 1;

  private final long[] slots = new long[END + PAD];

  public void count(Counter counter) {
    add(COUNTERS_AT + counter.ordinal(), 1);
  }

  public void count(Counter counter, long amount) {
    add(COUNTERS_AT + counter.ordinal(), amount);
  }

  /// A connection began to speak `transport`.
  public void opened(Transport transport) {
    add(OPENED_AT + transport.ordinal(), 1);
  }

  /// A connection that had been [#opened] ended.
  public void closed(Transport transport, CloseReason reason) {
    add(CLOSED_AT + transport.ordinal() * REASONS + reason.ordinal(), 1);
  }

  /// A connection that had been [#opened] lives on under another transport, which counts it from
  /// here.
  public void handedOver(Transport transport) {
    add(HANDED_OVER_AT + transport.ordinal(), 1);
  }

  /// A publication was refused.
  public void rejected(ErrorCode code) {
    add(REJECTED_AT + code.ordinal(), 1);
  }

  /// An HTTP request was answered with an error.
  public void httpError(ErrorCode code) {
    add(HTTP_ERRORS_AT + code.ordinal(), 1);
  }

  /// An event reached a socket this long after it had been published.
  public void flushed(long nanosSincePublish) {
    add(BUCKETS_AT + LatencyBuckets.indexOf(nanosSincePublish), 1);
    add(SUM_AT, Math.max(0, nanosSincePublish));
  }

  public long value(Counter counter) {
    return at(COUNTERS_AT + counter.ordinal());
  }

  public long opens(Transport transport) {
    return at(OPENED_AT + transport.ordinal());
  }

  public long handOvers(Transport transport) {
    return at(HANDED_OVER_AT + transport.ordinal());
  }

  public long closes(Transport transport, CloseReason reason) {
    return at(CLOSED_AT + transport.ordinal() * REASONS + reason.ordinal());
  }

  public long rejections(ErrorCode code) {
    return at(REJECTED_AT + code.ordinal());
  }

  public long httpErrors(ErrorCode code) {
    return at(HTTP_ERRORS_AT + code.ordinal());
  }

  long flushes(int bucket) {
    return at(BUCKETS_AT + bucket);
  }

  long flushNanos() {
    return at(SUM_AT);
  }

  private void add(int slot, long amount) {
    long[] all = slots;
    SLOT.setOpaque(all, slot, all[slot] + amount);
  }

  private long at(int slot) {
    return (long) SLOT.getOpaque(slots, slot);
  }
}
