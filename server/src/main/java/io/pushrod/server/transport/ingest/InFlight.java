package io.pushrod.server.transport.ingest;

import io.pushrod.server.hub.Batch;
import org.jspecify.annotations.Nullable;

/// One publish frame that is not acknowledged yet.
///
/// **Thread:** one connection.
final class InFlight {
  final long lastSequence;
  final int bytes;
  final int events;

  /// When it was taken.
  final long takenNanos;

  /// For each event of the frame: its place in the batch, or -1 - topics when it was rejected.
  private final int[] places;

  private @Nullable Batch begun;
  private @Nullable Batch done;

  InFlight(long lastSequence, int bytes, int[] places, long takenNanos) {
    this.lastSequence = lastSequence;
    this.bytes = bytes;
    this.events = places.length;
    this.places = places;
    this.takenNanos = takenNanos;
  }

  static int rejected(int topics) {
    return -1 - topics;
  }

  void begin(Batch batch) {
    begun = batch;
  }

  void done(Batch batch) {
    done = batch;
  }

  /// Its publisher will come with it again.
  void abandon() {
    if (begun != null) {
      begun.abandon();
    }
  }

  boolean isDone() {
    return done != null;
  }

  int place(int event) {
    return places[event];
  }

  Batch batch() {
    if (done == null) {
      throw new IllegalStateException("batch: under way (expected: done)");
    }
    return done;
  }
}
