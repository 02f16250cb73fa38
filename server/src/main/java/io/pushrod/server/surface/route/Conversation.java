package io.pushrod.server.surface.route;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.dialect.EventRenderer;
import org.jspecify.annotations.Nullable;

/// What one connection of a surface says and hears, apart from events.
///
/// It is called one thing after the other and acts through its [Line]. A
/// [io.pushrod.codec.RequestException] thrown from here ends the connection with [Dialect#refusal];
/// anything else thrown is a bug, and ends it as an internal error.
///
/// **Thread:** the connection's shard.
public interface Conversation {
  /// The connection stands: first frames are said, topics are read.
  void onOpen();

  /// A message of the client. The bytes stay the caller's; nothing says that they are JSON, only
  /// that they are UTF-8.
  default void onText(ByteBuf text, int offset, int length) {}

  /// A binary message of the client.
  ///
  /// @return false when the dialect knows none: the connection is closed with 1003
  default boolean onBinary(ByteBuf bytes, int offset, int length) {
    return false;
  }

  /// A topic that it reads stands; nothing of it was given yet.
  ///
  /// @param cursor where reading begins, in its text form
  /// @param hasHistory whether the topic has had any event
  default void onBegun(String topic, String cursor, boolean hasHistory) {}

  /// A topic that it reads was given up to its end for the first time: what follows is live. It may
  /// say something; it must not read or leave topics now.
  ///
  /// @param cursor of what was given, in its text form
  default void onLive(String topic, String cursor) {}

  /// A topic that it wanted to read is none for this user, or no longer. Otherwise the connection
  /// is told of it by [Dialect#refusal].
  ///
  /// @return whether the conversation goes on
  default boolean onRefused(String topic) {
    return false;
  }

  /// The time has come that was set by [Line#wake].
  default void onDue() {}

  /// A heartbeat of the dialect's own is due; null for none.
  default @Nullable String heartbeat() {
    return null;
  }

  /// What that is called, where a transport names frames.
  default String heartbeatName() {
    return "heartbeat";
  }

  /// A renderer for this connection alone, which shares nothing with others; null for the row's.
  default @Nullable EventRenderer ownRenderer() {
    return null;
  }

  /// Renders what was stored before a topic was begun, for this connection alone; null for the
  /// renderer of the rest, which it is too where a row gathers events into batches.
  default @Nullable EventRenderer replayRenderer() {
    return null;
  }

  /// How the connection ends for a reason of the server's; null for the words of the transport.
  default @Nullable Farewell farewell(CloseReason reason) {
    return null;
  }

  /// The socket is gone; whatever ended it. Nothing can be said any more.
  default void onEnd() {}
}
