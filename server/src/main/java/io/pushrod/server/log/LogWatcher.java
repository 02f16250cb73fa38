package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;

/// A shard's view of a log that has readers there.
///
/// **Thread:** called by the log's owner.
public interface LogWatcher {
  /// New events are readable. Called once or more per burst; must be cheap when it was called
  /// before and not yet heeded.
  ///
  /// @param nanos when the burst began to be appended
  void onAppended(long nanos);

  /// A signal passes by.
  ///
  /// @param json its event text; the callee retains it if it keeps it
  void onSignal(EventType type, ByteBuf json);

  /// The log is gone, and another one is in its place.
  default void onReplaced(TopicLog log) {}
}
