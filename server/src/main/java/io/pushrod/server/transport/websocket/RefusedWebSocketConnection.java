package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.route.Farewell;
import org.jspecify.annotations.Nullable;

/// A WebSocket that is opened only to say why it is closed.
///
/// **Thread:** its shard.
final class RefusedWebSocketConnection extends WebSocketConnection {
  private final Farewell farewell;

  RefusedWebSocketConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      WebSocketSettings settings,
      Farewell farewell) {
    super(channel, shard, surface, settings, null);
    this.farewell = farewell;
  }

  @Override
  void greet() {}

  @Override
  protected @Nullable ByteBuf goodbye(CloseReason reason) {
    return SurfaceWebSocketConnection.written(channel(), farewell);
  }
}
