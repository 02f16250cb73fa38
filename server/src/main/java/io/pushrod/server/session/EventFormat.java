package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;

/// How a transport frames an event. Readers with the same format and filter share rendered bytes.
///
/// **Thread:** the shard of the readers.
public interface EventFormat {
  /// Whether frames of this format are byte for byte what the log stores.
  boolean isLogForm();

  /// Appends one event.
  ///
  /// @param log the topic's log, whose epoch the id begins with
  /// @param sequence what the reader's cursor will be; 0 for a text without an id (a signal)
  /// @param source holds the JSON at `[offset, offset + length)`; its indexes stay as they are
  void append(ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length);
}
