package io.pushrod.server.transport.websocket;

import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import org.jspecify.annotations.Nullable;

/// Upgrades `GET /v1/ws` (RFC 6455 section 4.2).
///
/// A browser sees nothing of an upgrade that failed. So a bad token is answered on the open
/// WebSocket, by a close that says why; only what no browser sends is refused as HTTP.
public final class WebSocketEndpoint implements Endpoint {
  private static final ConnectionLog LOG = ConnectionLog.of(WebSocketEndpoint.class);

  private final Hub hub;
  private final Access access;
  private final NativeSurface surface;
  private final WebSocketSettings settings;
  private final DeflatedFormats formats;

  public WebSocketEndpoint(
      Hub hub,
      Access access,
      NativeSurface surface,
      WebSocketSettings settings,
      Compression compression) {
    this.hub = hub;
    this.access = access;
    this.surface = surface;
    this.settings = settings;
    this.formats = new DeflatedFormats(compression);
  }

  @Override
  public void handle(Exchange exchange) {
    WebSocketUpgrade.checkOrigin(exchange);
    String key = WebSocketUpgrade.checkedKey(exchange);
    @Nullable Identity identity = null;
    @Nullable CloseReason refusal = null;
    try {
      NativeSurface.checkMemory(hub.of(exchange.channel().eventLoop()));
      identity = access.identify(exchange);
      surface.takeAddress(exchange);
    } catch (RequestException e) {
      LOG.refused(exchange.channel(), e.code().label());
      identity = null;
      refusal = Access.closeReason(e.code());
    }
    if (refusal == null && hub.of(exchange.channel().eventLoop()).isDraining()) {
      exchange.metrics().count(Counter.DRAIN_REFUSED);
      refusal = CloseReason.SHUTDOWN;
    }
    open(exchange, key, identity, refusal);
  }

  private void open(
      Exchange exchange, String key, @Nullable Identity identity, @Nullable CloseReason refusal) {
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    DeflateParameters agreed = formats.negotiate(exchange);
    WebSocketConnection connection =
        new WebSocketConnection(
            channel, shard, surface, settings, agreed == null ? null : formats.of(shard, agreed));
    WebSocketUpgrade.open(
        exchange,
        connection,
        WebSocketUpgrade.answer(key, agreed == null ? null : agreed.header()),
        () -> {
          connection.open(identity);
          if (refusal != null) {
            connection.close(refusal);
          }
        });
  }
}
