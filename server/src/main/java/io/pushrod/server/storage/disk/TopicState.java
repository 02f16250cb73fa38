package io.pushrod.server.storage.disk;

import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/// What the writer knows of a topic that it wrote to lately.
///
/// **Thread:** the one that writes.
final class TopicState {
  final TopicKey key;
  final byte[] rowKey;
  final long id;
  final long epoch;

  /// By their ids; the one unused longest is first.
  final LinkedHashMap<String, Producers.Producing> producers = new LinkedHashMap<>(4, 0.75f, true);

  long first;
  long last;
  boolean sealed;
  boolean kept;
  long quietMillis;
  @Nullable Readers readers;

  /// Bytes of all records before the first one and up to the last one; their difference is stored.
  long firstPosition;

  long endPosition;

  /// When the first event was appended; [Long#MAX_VALUE] without one.
  long firstMillis = Long.MAX_VALUE;

  TopicState(TopicKey key, long id, long epoch) {
    this.key = key;
    this.rowKey = Keys.topic(key);
    this.id = id;
    this.epoch = epoch;
  }

  TopicRow row() {
    return new TopicRow(id, epoch, first, sealed, kept, quietMillis, readers);
  }

  boolean isEmpty() {
    return first > last;
  }
}
