package io.pushrod.server.transport.ingest;

import io.pushrod.codec.CloseReason;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Who publishes under which epoch, and how far each producer got; one registry for all loops.
///
/// **Thread:** any; the map is guarded by its monitor, which is held for a handful of instructions
/// at a hello and at a goodbye. Not on the path of a publish.
final class Producers {
  /// Beyond so many, producers without a connection are forgotten.
  private static final int MAX_REMEMBERED = 65_536;

  private record Key(String tenant, String producer) {}

  /// What is known of one producer.
  static final class State {
    final long epoch;

    /// The last sequence that went to the owners of its topics. Written by the loop of the current
    /// connection.
    volatile long lastSequence;

    @Nullable IngestConnection connection;

    State(long epoch) {
      this.epoch = epoch;
    }
  }

  private final Map<Key, State> states = new HashMap<>();

  /// Registers a connection for a producer.
  ///
  /// @return its state; null when a newer epoch is known, which fences this one
  synchronized @Nullable State register(
      String tenant, String producer, long epoch, IngestConnection connection) {
    Key key = new Key(tenant, producer);
    State state = states.get(key);
    if (state != null && epoch < state.epoch) {
      return null;
    }
    IngestConnection previous = state == null ? null : state.connection;
    boolean newer = state == null || epoch > state.epoch;
    if (previous != null) {
      previous.closeLater(newer ? CloseReason.FENCED : CloseReason.REPLACED);
    }
    State current = newer || state == null ? new State(epoch) : state;
    current.connection = connection;
    states.put(key, current);
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
