package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/// Signals to processes that were started here.
final class Signal {
  private static final int SOON_SECONDS = 5;

  private Signal() {}

  static void kill(long pid) throws InterruptedException {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    awaitEnd(pid, SOON_SECONDS);
  }

  static void terminate(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroy);
  }

  static void freeze(long pid) throws IOException, InterruptedException {
    send("STOP", pid);
  }

  static void thaw(long pid) throws IOException, InterruptedException {
    send("CONT", pid);
  }

  /// @return whether it ended in time
  static boolean awaitEnd(long pid, int seconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent()) {
      if (System.nanoTime() > deadline) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return true;
  }

  private static void send(String signal, long pid) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("sh", "-c", "kill -" + signal + ' ' + pid).start();
    if (!process.waitFor(SOON_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new BenchException("kill -" + signal + ": no end within " + SOON_SECONDS + " s");
    }
  }
}
