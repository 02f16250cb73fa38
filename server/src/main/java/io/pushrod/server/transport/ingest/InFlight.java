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

  /// For each event of the frame: its place in the batch, or -1 - topics when it was rejected.
  private final int[] places;

  private @Nullable Batch done;

  InFlight(long lastSequence, int bytes, int[] places) {
    this.lastSequence = lastSequence;
    this.bytes = bytes;
    this.events = places.length;
    this.places = places;
  }

  static int rejected(int topics) {
    return -1 - topics;
  }

  void done(Batch batch) {
    done = batch;
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
