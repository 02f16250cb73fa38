package io.pushrod.server.transport.socketio;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpHeaders;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Query;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// The request that opened a session. Holds credentials.
///
/// @param channel under whose id the session is logged
record EngineHandshake(
    Channel channel,
    HttpHeaders headers,
    Query query,
    @Nullable String cookies,
    SocketAddress remoteAddress) {
  static EngineHandshake of(Exchange exchange) {
    return new EngineHandshake(
        exchange.channel(),
        exchange.headers(),
        exchange.query(),
        exchange.cookies(),
        exchange.remoteAddress());
  }

  @Override
  public String toString() {
    return "EngineHandshake[hidden]";
  }
}
