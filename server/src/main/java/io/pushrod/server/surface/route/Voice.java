package io.pushrod.server.surface.route;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.session.EventFormat;
import org.jspecify.annotations.Nullable;

/// How a transport says what is no event.
///
/// **Thread:** the connection's shard.
public interface Voice {
  /// Sends a frame, now or when the socket has room.
  ///
  /// @param name of the event, where the transport names them
  /// @param id to resume from, where the transport has one; null for none
  /// @param json one line; becomes the transport's
  void say(String name, @Nullable String id, ByteBuf json);

  /// Frames events that are rendered for this connection alone.
  EventFormat framed(EventRenderer renderer);
}
