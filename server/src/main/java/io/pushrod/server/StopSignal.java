package io.pushrod.server;

import io.pushrod.server.cli.ProcessSignals;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// SIGTERM and SIGINT as something that a thread can wait for, with time to stop in order. The
/// second one ends the process at once, with 128 + its number as a signal does by itself.
final class StopSignal {
  private static final Logger log = LoggerFactory.getLogger(StopSignal.class);

  /// The exit code of a process that did not stop in time.
  private static final int STUCK = 1;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicInteger signals = new AtomicInteger();
  private final long patienceMillis;

  private StopSignal(long patienceMillis) {
    this.patienceMillis = patienceMillis;
  }

  /// @param patienceMillis after this long the process ends whether it stopped in order or not
  static StopSignal install(long patienceMillis) {
    StopSignal stop = new StopSignal(patienceMillis);
    for (String name : new String[] {"TERM", "INT"}) {
      try {
        ProcessSignals.handle(name, stop::onSignal);
      } catch (ReflectiveOperationException e) {
        log.warn("SIG{}: not ours (expected: no -Xrs); it ends the process at once", name, e);
      }
    }
    return stop;
  }

  /// Returns when the process is asked to end.
  void await() throws InterruptedException {
    asked.await();
  }

  /// Everything that had to be done before the end is done.
  void stopped() {
    stopped.countDown();
  }

  private void onSignal(int number) {
    if (signals.incrementAndGet() > 1) {
      log.warn("signal {}: again; not waiting any longer", number);
      Runtime.getRuntime().halt(128 + number);
    }
    log.info("signal {}: stopping", number);
    Thread.ofPlatform().daemon().name("stop-watchdog").start(this::watch);
    asked.countDown();
  }

  private void watch() {
    try {
      if (!stopped.await(patienceMillis, TimeUnit.MILLISECONDS)) {
        log.error("not stopped after {} ms; ending the process", patienceMillis);
        Runtime.getRuntime().halt(STUCK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
