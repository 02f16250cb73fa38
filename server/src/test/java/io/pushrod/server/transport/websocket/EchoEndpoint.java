package io.pushrod.server.transport.websocket;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.surface.NativeSurface;

/// Upgrades to an [EchoConnection], compressed if the client offers it.
public final class EchoEndpoint implements Endpoint {
  private final Hub hub;
  private final NativeSurface surface;
  private final WebSocketSettings settings;

  public EchoEndpoint(Hub hub, NativeSurface surface, WebSocketSettings settings) {
    this.hub = hub;
    this.surface = surface;
    this.settings = settings;
  }

  @Override
  public void handle(Exchange exchange) {
    String key = WebSocketUpgrade.checkedKey(exchange);
    DeflateParameters agreed =
        DeflateParameters.negotiate(
            exchange.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
    Channel channel = exchange.channel();
    EchoConnection connection =
        new EchoConnection(channel, hub.of(channel.eventLoop()), surface, settings, agreed);
    String answer = WebSocketUpgrade.answer(key, agreed == null ? null : agreed.header());
    WebSocketUpgrade.open(exchange, connection, answer, connection::start);
  }
}
