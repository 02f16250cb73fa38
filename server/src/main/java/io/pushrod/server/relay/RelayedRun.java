package io.pushrod.server.relay;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Joins what a channel says now with what a stream has kept, by the producer's numbers: every
/// number once, in order.
///
/// Its producers publish first and store then. So what is stored may still be on its way when the
/// stream is read, and what was published before the channel was subscribed comes by the stream
/// alone.
///
/// **Thread:** the relay's.
/* Two sources feed one sorted map; out of it goes what follows without a hole. A hole asks for the stream, twice; then it
 * is passed over and counted. What a log has seen of earlier joins it knows itself, by the same numbers. */
final class RelayedRun {
  /// Events that wait behind a hole.
  private static final int MAX_WAITING = 1024;

  /// Times that the stream is asked for what is missing.
  private static final int READS_PER_HOLE = 2;

  /// @param next to be handed over, in order
  /// @param holes numbers that were passed over
  /// @param late events that came behind the last one that counts
  /// @param wantsStream whether the stream is to be read, further
  record Step(List<Relayed> next, long holes, int late, boolean wantsStream) {}

  private final TreeMap<Long, Relayed> waiting = new TreeMap<>();

  /// The number handed over last; 0 before the first.
  private long last;

  /// Whether the stream was read, so that what it begins with is known.
  private boolean begun;

  private long waitingBytes;

  /// Times that the stream was read to its end since the hole that is waited for.
  private int reads;

  private boolean ended;

  /// Whether nothing counts any more.
  boolean isOver() {
    return ended;
  }

  /// What it holds back.
  long waitingBytes() {
    return waitingBytes;
  }

  /// The channel said something.
  ///
  /// @return null when it is known already
  @Nullable Step onLive(Relayed event) {
    return add(event) ? step() : null;
  }

  /// The stream was read.
  ///
  /// @param events in any order
  /// @param complete whether that was all it has now
  Step onRead(List<Relayed> events, boolean complete) {
    for (Relayed event : events) {
      var _ = !ended && add(event);
    }
    if (!begun && !events.isEmpty()) {
      last = waiting.firstKey() - 1; // what is older was trimmed
    }
    begun |= complete || !events.isEmpty();
    reads += complete ? 1 : 0;
    return step();
  }

  private boolean add(Relayed event) {
    if (event.sequence() <= last || waiting.putIfAbsent(event.sequence(), event) != null) {
      return false;
    }
    waitingBytes += event.bytes();
    return true;
  }

  private Step step() {
    List<Relayed> next = new ArrayList<>();
    long holes = 0;
    while (begun && !waiting.isEmpty() && !ended) {
      long first = waiting.firstKey();
      boolean follows = first == last + 1;
      boolean isGivenUp = reads >= READS_PER_HOLE || waiting.size() > MAX_WAITING;
      if (!follows && !isGivenUp) {
        break;
      }
      holes += follows ? 0 : first - last - 1;
      Relayed event = waiting.pollFirstEntry().getValue();
      waitingBytes -= event.bytes();
      last = first;
      ended = event.last();
      next.add(event);
    }
    int late = ended ? waiting.size() : 0;
    if (waiting.size() == late) {
      waiting.clear();
      waitingBytes = 0;
      reads = 0;
    }
    return new Step(next, holes, late, !ended && (!begun || !waiting.isEmpty()));
  }
}
