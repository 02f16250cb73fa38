package io.pushrod.bench.readers;

import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// Readers that come back with their cursors at fixed points in time, and catch up.
///
/// **Thread:** the readers' event loop.
final class Storm {
  private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final EventLoop loop;
  private final List<Place> places;
  private final long until;
  private final long periodNanos;
  private final Runnable onOver;
  private final long startNanos = System.nanoTime();
  private final Histogram readyNanos = new Histogram(HIGHEST_NANOS, 3);
  private final Histogram arrivedNanos = new Histogram(HIGHEST_NANOS, 3);
  private int started;
  private long lastArrivedNanos;
  private @Nullable String failure;

  /// @param places of those who come back
  /// @param until the sequence with which a reader has caught up
  /// @param spreadNanos over which they come
  /// @param onOver called when the last one has caught up
  Storm(EventLoop loop, List<Place> places, long until, long spreadNanos, Runnable onOver) {
    this.loop = loop;
    this.places = places;
    this.until = until;
    this.periodNanos = spreadNanos / Math.max(1, places.size());
    this.onOver = onOver;
  }

  /// @param connect connects the reader of a number
  void begin(Consumer<Returning> connect) {
    long now = System.nanoTime();
    while (started < places.size() && startNanos + started * periodNanos <= now) {
      connect.accept(
          new Returning(started, places.get(started), startNanos + started * periodNanos));
      started++;
    }
    if (started < places.size()) {
      var _ =
          loop.schedule(
              () -> begin(connect),
              Math.max(0, startNanos + started * periodNanos - System.nanoTime()),
              TimeUnit.NANOSECONDS);
    }
  }

  /// One that comes back.
  final class Returning implements Life {
    final int number;
    final Place place;
    private final long intendedNanos;

    private Returning(int number, Place place, long intendedNanos) {
      this.number = number;
      this.place = place;
      this.intendedNanos = intendedNanos;
    }

    long until() {
      return until;
    }

    @Override
    public void onReady(ReaderConnection connection) {
      readyNanos.recordValue(Math.min(HIGHEST_NANOS, System.nanoTime() - intendedNanos));
    }

    @Override
    public void onArrived() {
      lastArrivedNanos = System.nanoTime();
      arrivedNanos.recordValue(Math.min(HIGHEST_NANOS, lastArrivedNanos - intendedNanos));
      if (arrivedNanos.getTotalCount() == places.size()) {
        onOver.run();
      }
    }

    @Override
    public void onFailed(String reason) {
      fail(reason);
    }
  }

  private void fail(String reason) {
    failure = failure == null ? reason : failure;
  }

  @Nullable String failure() {
    return failure;
  }

  boolean isOver() {
    return failure != null || arrivedNanos.getTotalCount() == places.size();
  }

  /// One line of `key=value` pairs; histograms in HdrHistogram's own compressed form.
  String line() {
    return "arrived=%d elapsed_nanos=%d ready=%s caught_up=%s"
        .formatted(
            arrivedNanos.getTotalCount(),
            Math.max(0, lastArrivedNanos - startNanos),
            Tally.encoded(readyNanos),
            Tally.encoded(arrivedNanos));
  }
}
