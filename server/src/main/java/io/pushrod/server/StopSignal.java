package io.pushrod.server;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// SIGTERM and SIGINT as something that a thread can wait for, with time to stop in order and exit
/// code 0.
final class StopSignal {
  /// After this long the process ends whether it stopped in order or not.
  private static final long PATIENCE_SECONDS = 20;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);

  private StopSignal() {}

  static StopSignal install() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(new Thread(signal::onShutdown, "stop"));
    return signal;
  }

  /// Returns when the process is asked to end.
  void await() throws InterruptedException {
    asked.await();
  }

  /// Everything that had to be done before the end is done.
  void stopped() {
    stopped.countDown();
  }

  /// A JVM that a signal ends reports 128 + its number; we were asked politely and did it, so we
  /// report 0. When nobody waits, the end came from within and its exit code stands.
  private void onShutdown() {
    boolean signalled = stopped.getCount() > 0;
    asked.countDown();
    try {
      if (signalled && stopped.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        Runtime.getRuntime().halt(0);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
