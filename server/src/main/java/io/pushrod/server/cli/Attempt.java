package io.pushrod.server.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// One connection under way: waits for its end, or for a silence that only a dead connection keeps.
///
/// **Thread:** any.
final class Attempt {
  private static final long MARGIN_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final CompletableFuture<Ending> ended = new CompletableFuture<>();
  private long silenceNanos;
  private long heardNanos = System.nanoTime();

  /// @param silenceNanos how long nothing may be heard until the server says its heartbeat
  Attempt(long silenceNanos) {
    this.silenceNanos = silenceNanos;
  }

  /// Handles what was heard, unless the attempt is over. A handler that blocks, because nobody
  /// reads our output, is no silence.
  synchronized void onHeard(Runnable handler) {
    if (!ended.isDone()) {
      handler.run();
      heardNanos = System.nanoTime();
    }
  }

  synchronized void onHeartbeat(long millis) {
    silenceNanos = 2 * TimeUnit.MILLISECONDS.toNanos(millis) + MARGIN_NANOS;
  }

  /// The first end counts.
  void end(Ending ending) {
    ended.complete(ending);
  }

  Ending await() throws InterruptedException {
    while (true) {
      try {
        return ended.get(endIfSilent(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        // Something may have been heard meanwhile: look again.
      } catch (ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /// @return for how long it may be silent from now on
  private synchronized long endIfSilent() {
    long leftNanos = silenceNanos - (System.nanoTime() - heardNanos);
    if (leftNanos <= 0) {
      end(Ending.again("nothing was heard for too long"));
    }
    return Math.max(0, leftNanos);
  }
}
