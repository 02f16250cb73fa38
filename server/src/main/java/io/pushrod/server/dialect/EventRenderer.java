package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;

/// Renders events in one system's vocabulary.
///
/// What is rendered depends on the event alone, so that all readers of a shard share the bytes.
///
/// **Thread:** one shard.
public interface EventRenderer {
  /// Renders one event, which is then to be had from the other methods until the next call.
  ///
  /// @param epoch of the log
  /// @param sequence of the event, or of the reader behind a gap; negative for a signal, which has
  ///   none
  /// @param source holds the event's native JSON: checked, compact, one line; its indexes stay as
  ///   they are
  /// @return whether the event exists in this vocabulary; what does not is passed over in silence
  boolean render(long epoch, long sequence, ByteBuf source, int offset, int length);

  /// Appends what a reader resumes behind this event with, for transports that carry an id beside
  /// the JSON (SSE `id:`, the offset of Socket.IO). Appends nothing when there is none.
  default void writeId(ByteBuf out) {}

  /// What the event is called, where a transport names events; of `[A-Za-z0-9_.:@/-]`.
  String name();

  /// The JSON, on one line.
  ByteBuf json();
}
