package io.pushrod.server.transport.ingest;

import io.pushrod.codec.CloseReason;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Who publishes under which epoch, and how far each producer got; one registry for all loops.
///
/// **Thread:** any; the map is guarded by its monitor, which is held for a handful of instructions
/// at a hello and at a goodbye. Not on the path of a publish.
final class Producers {
  /// Beyond so many, producers without a connection are forgotten.
  private static final int MAX_REMEMBERED = 65_536;

  private record Key(String tenant, String producer) {}

  /// What is known of one producer in one epoch.
  ///
  /// **Thread:** any. For a moment two connections may publish for it: the one that was replaced,
  /// and the one that replaced it.
  static final class State {
    final long epoch;

    /// Whether other servers may have been given more.
    private final boolean isShared;

    private final AtomicLong lastSequence = new AtomicLong();
    private final AtomicLong settledSequence = new AtomicLong();
    private volatile @Nullable IngestConnection connection;

    State(long epoch, boolean isShared) {
      this.epoch = epoch;
      this.isShared = isShared;
    }

    /// Whether a connection may begin with this sequence, as far as is known: with what was sent
    /// before, but not so that something is left out.
    boolean mayBeginWith(long sequence) {
      long last = lastSequence();
      return isShared || last == 0 || sequence <= last + 1;
    }

    /// The last sequence that the owners of its topics were given; it never goes back.
    long lastSequence() {
      return lastSequence.get();
    }

    /// The last sequence that is known to be stored or rejected, as are all before; it never goes
    /// back.
    long settledSequence() {
      return settledSequence.get();
    }

    /// Whatever has a sequence up to this one is stored or rejected.
    void settled(long sequence) {
      settledSequence.accumulateAndGet(sequence, Math::max);
    }

    /// Whatever has a sequence up to this one is with the owners of its topics.
    void handedOver(long sequence) {
      lastSequence.accumulateAndGet(sequence, Math::max);
    }

    /// Whether nobody replaced or fenced `asking` since it registered.
    boolean isHeldBy(IngestConnection asking) {
      return connection == asking;
    }
  }

  private final boolean areShared;
  private final Map<Key, State> states = new HashMap<>();

  /// @param areShared whether producers go from one server to another and back
  Producers(boolean areShared) {
    this.areShared = areShared;
  }

  /// Registers a connection for a producer.
  ///
  /// @return its state; null when a newer epoch is known, which fences this one
  synchronized @Nullable State register(
      String tenant, String producer, long epoch, IngestConnection connection) {
    Key key = new Key(tenant, producer);
    State known = states.get(key);
    if (known != null && epoch < known.epoch) {
      return null;
    }
    State current = known != null && epoch == known.epoch ? known : new State(epoch, areShared);
    IngestConnection previous = known == null ? null : known.connection;
    if (known != null) {
      known.connection = null;
    }
    current.connection = connection;
    states.put(key, current);
    if (previous != null) {
      previous.closeLater(current == known ? CloseReason.REPLACED : CloseReason.FENCED);
    }
    if (states.size() > MAX_REMEMBERED) {
      forgetOne(key);
    }
    return current;
  }

  synchronized void release(State state, IngestConnection connection) {
    if (state.connection == connection) {
      state.connection = null;
    }
  }

  private void forgetOne(Key except) {
    states.entrySet().stream()
        .filter(e -> e.getValue().connection == null && !e.getKey().equals(except))
        .findFirst()
        .map(Map.Entry::getKey)
        .ifPresent(states::remove);
  }
}
