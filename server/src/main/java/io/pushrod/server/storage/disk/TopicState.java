package io.pushrod.server.storage.disk;

import io.pushrod.codec.Cursor;
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

  /// Of the folder; the epoch is of it.
  final long incarnation;

  /// The epoch before, and up to where its cursors are good; null for none.
  final @Nullable Cursor former;

  /// By their ids; the one unused longest is first.
  final LinkedHashMap<String, Producers.Producing> producers = new LinkedHashMap<>(4, 0.75f, true);

  long first;
  long last;

  /// Whether the row that is stored is of another incarnation.
  boolean isRenewed;

  boolean sealed;
  boolean kept;
  long quietMillis;
  @Nullable Readers readers;

  /// Bytes of all records before the first one and up to the last one; their difference is stored.
  long firstPosition;

  long endPosition;

  /// When the first event was appended; [Long#MAX_VALUE] without one.
  long firstMillis = Long.MAX_VALUE;

  TopicState(TopicKey key, long id, long epoch, long incarnation, @Nullable Cursor former) {
    this.key = key;
    this.rowKey = Keys.topic(key);
    this.id = id;
    this.epoch = epoch;
    this.incarnation = incarnation;
    this.former = former;
  }

  TopicRow row() {
    return new TopicRow(id, epoch, first, sealed, kept, quietMillis, readers, incarnation, former);
  }

  boolean isEmpty() {
    return first > last;
  }
}
