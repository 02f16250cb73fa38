package io.pushrod.bench.storage;

import java.io.IOException;
import java.util.List;

/// A running server that acknowledges what it has taken.
public interface Journal extends AutoCloseable {
  /// The processes whose CPU counts.
  List<Long> pids();

  /// Of the program.
  String version();

  /// Connects one more publisher.
  ///
  /// @param number of the publisher, from 0
  Pipe open(int number, Acks acks) throws IOException, InterruptedException;

  /// How many events were stored since the start, by the server's own numbers.
  long stored() throws IOException;

  @Override
  void close() throws IOException;
}
