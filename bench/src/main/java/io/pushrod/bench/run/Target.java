package io.pushrod.bench.run;

import java.io.IOException;

/// What readers read from and what is measured.
public sealed interface Target extends AutoCloseable permits Floor, Pushrod {
  String name();

  /// Of the process whose CPU counts.
  long pid();

  /// Sends `rounds` events to all readers at the fixed rate, open loop: a late one does not delay
  /// the schedule.
  ///
  /// @return how many rounds began after the next one was due
  long drive(long rounds, int perSecond) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
