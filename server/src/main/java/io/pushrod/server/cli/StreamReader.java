package io.pushrod.server.cli;

import org.jspecify.annotations.Nullable;

/// What is done with a stream of events, over all connections that it takes to read it.
///
/// **Thread:** one at a time.
interface StreamReader {
  /// Where the next connection has to begin; empty for where the first one did.
  String cursor();

  /// Whether the server has let us read at least once.
  boolean isReading();

  /// The stream itself names a cursor.
  ///
  /// @param id empty for none
  void onCursor(String id);

  /// @param type of the frame; `message` when the stream names none
  /// @return how it ends, when this event ends it
  @Nullable Ending onEvent(String type, String data, Attempt attempt);
}
