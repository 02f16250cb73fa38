package io.pushrod.bench.readers;

/// How records lie in the byte stream of one connection, after the answer to its request.
sealed interface Framing permits WebSocketFraming, SseFraming {
  /// Cuts the whole records out of `[from, to)`.
  ///
  /// @return the index of the first byte that was not used; the caller presents it again, first,
  ///   with what follows it
  int feed(byte[] bytes, int from, int to, Records records);
}
