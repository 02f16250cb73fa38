package io.pushrod.bench.storage;

import java.io.IOException;

/// The connection of one publisher to a [Journal]. **Thread:** one.
public interface Pipe extends AutoCloseable {
  /// Publishes the payload without waiting for the acknowledgement; it may stay here until
  /// [#flush].
  ///
  /// @param ticket from 0, one more each time
  void send(int topic, long ticket) throws IOException, InterruptedException;

  void flush() throws IOException;

  @Override
  void close() throws IOException;
}
