package io.pushrod.server.storage;

import io.pushrod.codec.Cursor;
import io.pushrod.server.log.Readers;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a store knows of a topic.
///
/// @param epoch of its log, at least 1
/// @param first the oldest sequence stored; `last + 1` when there is none
/// @param last the newest sequence, 0 when none was ever given
/// @param sealed whether `last` is the last one
/// @param kept whether the log began to keep some types only
/// @param readers who was declared to read; null when nobody ever was
/// @param producers whose retries are known
/// @param tail the newest records, which end with `last`; empty where they were not asked for
/// @param former the last cursor of the epoch before that is good in this one, as the log goes on
///   from there; null for none
public record StoredTopic(
    long epoch,
    long first,
    long last,
    boolean sealed,
    boolean kept,
    @Nullable Readers readers,
    List<KnownProducer> producers,
    RecordPage tail,
    @Nullable Cursor former) {

  /// A topic that never had another epoch.
  public StoredTopic(
      long epoch,
      long first,
      long last,
      boolean sealed,
      boolean kept,
      @Nullable Readers readers,
      List<KnownProducer> producers,
      RecordPage tail) {
    this(epoch, first, last, sealed, kept, readers, producers, tail, null);
  }

  public StoredTopic {
    producers = List.copyOf(producers);
  }

  /// @param lastSequence the producer's own number of what was stored of it last
  public record KnownProducer(String id, long epoch, long lastSequence) {}
}
