package io.pushrod.bench.readers;

/// Is told how a connection fares.
///
/// **Thread:** the readers' event loop.
interface Life {
  /// It is subscribed.
  void onReady(ReaderConnection connection);

  /// It has come to the sequence that its [Place] was to reach.
  default void onArrived() {}

  void onFailed(String reason);
}
