package io.pushrod.bench.peer;

import java.io.IOException;

/// How events get into a peer. **Thread:** one.
interface Feed extends AutoCloseable {
  /// Publishes one event without waiting for what the peer says to it.
  void send(String topic, String json) throws IOException;

  /// Waits until the peer has taken all of them.
  ///
  /// @throws io.pushrod.bench.run.BenchException when it refused one, or does not answer
  void settle() throws InterruptedException;

  @Override
  void close() throws IOException;
}
