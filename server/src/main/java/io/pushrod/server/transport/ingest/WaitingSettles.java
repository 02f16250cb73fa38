package io.pushrod.server.transport.ingest;

import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryPart;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.function.Consumer;

/// Settles that came before everything which was published ahead of them is acknowledged, oldest
/// first; one for each lease.
///
/// **Thread:** one connection.
final class WaitingSettles {
  /// What one takes beside its payload, about.
  private static final int ENTRY_BYTES = 128;

  private record Waiting(Settle settle, long behind) {
    int bytes() {
      return ENTRY_BYTES + settle.payload().length();
    }
  }

  /// By lease.
  private final SequencedMap<Long, Waiting> waiting = new LinkedHashMap<>();

  private final int limitBytes;
  private final MemoryAccount memory;
  private int bytes;

  /// @param limitBytes from here on it is full
  /// @param memory counts them
  WaitingSettles(int limitBytes, MemoryAccount memory) {
    this.limitBytes = limitBytes;
    this.memory = memory;
  }

  /// Keeps a settle, unless one for its lease waits already.
  ///
  /// @param behind the last event that was published before it; none goes down
  void add(Settle settle, long behind) {
    Waiting entry = new Waiting(settle, behind);
    if (waiting.putIfAbsent(settle.lease(), entry) == null) {
      count(entry.bytes());
    }
  }

  /// Whether so much waits that nothing more should be read.
  boolean isFull() {
    return bytes >= limitBytes;
  }

  /// Hands on what waits for nothing more than the event of this sequence.
  void handOn(long acknowledged, Consumer<Settle> to) {
    Iterator<Waiting> oldest = waiting.values().iterator();
    while (oldest.hasNext()) {
      Waiting entry = oldest.next();
      if (entry.behind() > acknowledged) {
        return;
      }
      oldest.remove();
      count(-entry.bytes());
      to.accept(entry.settle());
    }
  }

  void clear() {
    waiting.clear();
    count(-bytes);
  }

  private void count(int more) {
    bytes += more;
    memory.add(MemoryPart.INGEST, more);
  }
}
