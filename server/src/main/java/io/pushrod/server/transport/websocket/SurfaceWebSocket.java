package io.pushrod.server.transport.websocket;

import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Opening;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.SurfaceTransport;
import org.jspecify.annotations.Nullable;

/// Surfaces over WebSocket.
public final class SurfaceWebSocket implements SurfaceTransport {
  private final Hub hub;
  private final NativeSurface surface;
  private final WebSocketSettings settings;
  private final DeflatedFormats deflated;
  private final RenderedTextFormats formats;

  public SurfaceWebSocket(
      Hub hub, NativeSurface surface, WebSocketSettings settings, Compression compression) {
    this.hub = hub;
    this.surface = surface;
    this.settings = settings;
    this.deflated = new DeflatedFormats(compression);
    this.formats = new RenderedTextFormats(compression.shards().size());
  }

  @Override
  public void check(Exchange exchange) {
    WebSocketUpgrade.checkOrigin(exchange);
    var _ = WebSocketUpgrade.checkedKey(exchange);
  }

  /// A browser sees nothing of an upgrade that failed.
  @Override
  public boolean tells(RequestException why) {
    return true;
  }

  @Override
  public void open(Exchange exchange, @Nullable Identity who, Opening opening) {
    DeflateParameters agreed = deflated.negotiate(exchange);
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    SurfaceWebSocketConnection connection =
        new SurfaceWebSocketConnection(
            channel,
            shard,
            surface,
            settings,
            agreed == null ? null : deflated.of(shard, agreed),
            formats,
            opening);
    WebSocketUpgrade.open(
        exchange,
        connection,
        WebSocketUpgrade.answer(
            WebSocketUpgrade.checkedKey(exchange), agreed == null ? null : agreed.header()),
        () -> {
          connection.open(who);
          if (!connection.isClosing()) {
            connection.begin();
          }
        });
  }

  @Override
  public void refuse(Exchange exchange, Row row, CloseReason reason, Farewell farewell) {
    Channel channel = exchange.channel();
    RefusedWebSocketConnection connection =
        new RefusedWebSocketConnection(
            channel, hub.of(channel.eventLoop()), surface, settings, farewell);
    WebSocketUpgrade.open(
        exchange,
        connection,
        WebSocketUpgrade.answer(WebSocketUpgrade.checkedKey(exchange), null),
        () -> {
          connection.open(null);
          connection.close(reason);
        });
  }
}
