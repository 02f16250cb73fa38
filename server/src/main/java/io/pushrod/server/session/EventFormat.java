package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;

/// How a transport frames an event. Readers with the same format and filter share rendered bytes.
///
/// **Thread:** the shard of the readers.
public interface EventFormat {
  /// The sequence of a text without an id: a signal. Not 0, which is the cursor of a reader that
  /// has got nothing yet, as behind the gap of a log that began anew.
  long NO_SEQUENCE = -1;

  /// Whether frames of this format are byte for byte what the log stores.
  boolean isLogForm();

  /// Whether that holds for frames up to a length.
  ///
  /// @param longestFrame bytes of the longest of them in the log
  default boolean isLogForm(int longestFrame) {
    return isLogForm();
  }

  /// Whether one frame carries all events that are read at once.
  default boolean isJoined() {
    return false;
  }

  /// Begins such a frame.
  default void beginJoined(ByteBuf out) {}

  /// Ends it.
  default void endJoined(ByteBuf out) {}

  /// Appends one event.
  ///
  /// @param log the topic's log, whose epoch the id begins with
  /// @param sequence what the reader's cursor will be, or [#NO_SEQUENCE]
  /// @param source holds the JSON at `[offset, offset + length)`; its indexes stay as they are
  void append(ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length);
}
