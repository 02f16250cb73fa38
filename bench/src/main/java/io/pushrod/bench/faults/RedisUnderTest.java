package io.pushrod.bench.faults;

import java.io.IOException;
import java.util.List;

/// The Redis that the servers of a run share. What is done to it is mended when the call returns.
///
/// **Thread:** one at a time.
sealed interface RedisUnderTest extends AutoCloseable permits SingleRedis, RedisPairs {
  void start() throws IOException, InterruptedException;

  /// What one more server is told of it.
  List<String> settings() throws IOException;

  /// Those between it and each server that was told of it; none where servers are sent from one to
  /// another by it.
  List<Proxy> links();

  /// @param which of its servers, where there are several
  /// @param millis for which it is gone
  void kill(int which, long millis) throws IOException, InterruptedException;

  void freeze(int which, long millis) throws IOException, InterruptedException;

  /// Has it without memory.
  void fill(int which, long millis) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
