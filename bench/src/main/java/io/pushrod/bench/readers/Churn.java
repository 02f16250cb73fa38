package io.pushrod.bench.readers;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/// Readers that come at fixed points in time, are subscribed, stay a while and go.
///
/// **Thread:** the readers' event loop.
final class Churn {
  /// Connects one reader.
  interface Connector {
    void connect(int number, Life life);
  }

  private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(2);

  private final EventLoop loop;
  private final long periodNanos;
  private final long count;
  private final long holdNanos;
  private final Connector connector;
  private final Histogram handshakeNanos = new Histogram(HIGHEST_NANOS, 3);
  private final long startNanos = System.nanoTime();
  private int started;
  private int open;
  private int peak;
  private int failed;
  private long gone;
  private String reason = "";

  /// @param holdNanos from being subscribed to going
  Churn(EventLoop loop, int perSecond, long count, long holdNanos, Connector connector) {
    this.loop = loop;
    this.periodNanos = TimeUnit.SECONDS.toNanos(1) / perSecond;
    this.count = count;
    this.holdNanos = holdNanos;
    this.connector = connector;
  }

  void begin() {
    for (long now = System.nanoTime(); started < count && intended(started) <= now; started++) {
      connector.connect(started, new Visit(intended(started)));
      open++;
      peak = Math.max(peak, open);
    }
    if (started < count) {
      long wait = Math.max(0, intended(started) - System.nanoTime());
      var _ = loop.schedule(this::begin, wait, TimeUnit.NANOSECONDS);
    }
  }

  private long intended(int number) {
    return startNanos + number * periodNanos;
  }

  private final class Visit implements Life {
    private final long intendedNanos;
    private boolean ended;

    Visit(long intendedNanos) {
      this.intendedNanos = intendedNanos;
    }

    @Override
    public void onReady(ReaderConnection connection) {
      handshakeNanos.recordValue(Math.min(HIGHEST_NANOS, System.nanoTime() - intendedNanos));
      var _ = loop.schedule(() -> leave(connection), holdNanos, TimeUnit.NANOSECONDS);
    }

    private void leave(ReaderConnection connection) {
      if (connection.leave()) {
        gone++;
        end();
      } else {
        onFailed("connection: closed by the server");
      }
    }

    @Override
    public void onFailed(String why) {
      if (!ended) {
        failed++;
        reason = reason.isEmpty() ? why : reason;
        end();
      }
    }

    private void end() {
      if (!ended) {
        ended = true;
        open--;
      }
    }
  }

  boolean isOver() {
    return gone + failed == count;
  }

  String failure() {
    return reason;
  }

  /// One line of `key=value` pairs; the histogram in HdrHistogram's own compressed form.
  String line() {
    return "cycles=%d failed=%d peak=%d handshake=%s"
        .formatted(gone, failed, peak, Tally.encoded(handshakeNanos));
  }
}
