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
import io.pushrod.server.surface.runs.RunStream;
import io.pushrod.server.surface.runs.RunTransport;
import org.jspecify.annotations.Nullable;

/// Streams of runs over WebSocket.
public final class RunWebSocket implements RunTransport {
  private final Hub hub;
  private final NativeSurface surface;
  private final WebSocketSettings settings;
  private final DeflatedFormats deflated;
  private final RenderedTextFormats formats;

  public RunWebSocket(
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

  /// A browser sees nothing of an upgrade that failed, and comes back for ever.
  @Override
  public boolean tells(RequestException refusal) {
    return switch (refusal.code().status()) {
      case 401, 403, 429, 503 -> true;
      default -> refusal.code().retryable();
    };
  }

  @Override
  public void open(Exchange exchange, Identity who, RunStream stream) {
    DeflateParameters agreed = deflated.negotiate(exchange);
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    RunWebSocketConnection connection =
        new RunWebSocketConnection(
            channel, shard, surface, settings, format(shard, agreed), formats, stream);
    open(
        exchange,
        connection,
        agreed,
        () -> {
          connection.open(who);
          if (!connection.isClosing()) {
            stream.begin(connection, () -> {});
          }
        });
  }

  @Override
  public void refuse(Exchange exchange, CloseReason reason) {
    DeflateParameters agreed = deflated.negotiate(exchange);
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    WebSocketConnection connection =
        new WebSocketConnection(channel, shard, surface, settings, format(shard, agreed));
    open(
        exchange,
        connection,
        agreed,
        () -> {
          connection.open(null);
          connection.close(reason);
        });
  }

  private @Nullable DeflatedFormat format(Shard shard, @Nullable DeflateParameters agreed) {
    return agreed == null ? null : deflated.of(shard, agreed);
  }

  private static void open(
      Exchange exchange,
      WebSocketConnection connection,
      @Nullable DeflateParameters agreed,
      Runnable opening) {
    WebSocketUpgrade.open(
        exchange,
        connection,
        WebSocketUpgrade.answer(
            WebSocketUpgrade.checkedKey(exchange), agreed == null ? null : agreed.header()),
        opening);
  }
}
