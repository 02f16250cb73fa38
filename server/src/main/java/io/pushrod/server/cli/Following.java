package io.pushrod.server.cli;

import java.io.PrintWriter;

/// Reads a stream, over as many connections as it takes.
final class Following {
  static final long FIRST_WAIT_MILLIS = 500;
  private static final long LAST_WAIT_MILLIS = 15_000;

  private Following() {}

  /// One connection.
  interface Connection {
    /// Connects, gives everything that comes to the reader, and returns when that is over.
    Ending read() throws InterruptedException;
  }

  /// Comes back for as long as that can help, and the server was reached at least once.
  ///
  /// @return the last ending
  static Ending follow(
      Connection connection, StreamReader reader, PrintWriter err, long firstWaitMillis)
      throws InterruptedException {
    long waitMillis = firstWaitMillis;
    while (true) {
      String before = reader.cursor();
      Ending ending = connection.read();
      if (!ending.again() || !reader.isReading()) {
        return ending;
      }
      boolean wasWorthIt = !reader.cursor().equals(before);
      waitMillis = wasWorthIt ? firstWaitMillis : Math.min(LAST_WAIT_MILLIS, 2 * waitMillis);
      long pauseMillis = Math.max(waitMillis, ending.waitMillis());
      err.println(
          "pushrod: "
              + ending.reason()
              + "; reading on after "
              + (reader.cursor().isEmpty() ? "now" : reader.cursor())
              + " in "
              + pauseMillis
              + " ms");
      Thread.sleep(pauseMillis);
    }
  }
}
