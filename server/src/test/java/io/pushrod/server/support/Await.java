package io.pushrod.server.support;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// Waits for a condition, with a deadline that only a failure meets.
public final class Await {
  private static final long DEADLINE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private Await() {}

  public static void until(String what, BooleanSupplier condition) {
    long begin = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - begin > DEADLINE_NANOS) {
        throw new AssertionError("never: " + what);
      }
      LockSupport.parkNanos(POLL_NANOS); // leaves the cores to the server under test
    }
  }
}
