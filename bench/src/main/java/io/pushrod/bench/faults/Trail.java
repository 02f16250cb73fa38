package io.pushrod.bench.faults;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/// A file of what happened when, for whoever looks for the cause of a violation. Holds no text that
/// was published.
///
/// **Thread:** any.
final class Trail implements AutoCloseable {
  private final PrintWriter out;
  private final long beginNanos = System.nanoTime();

  Trail(Path file) throws IOException {
    out = new PrintWriter(Files.newBufferedWriter(file), true);
  }

  synchronized void note(String what) {
    out.printf(Locale.ROOT, "%9.3f %s%n", (System.nanoTime() - beginNanos) / 1e9, what);
  }

  @Override
  public synchronized void close() {
    out.close();
  }
}
