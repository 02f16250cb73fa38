package io.pushrod.server.surface.socketio;

import io.netty.handler.codec.http.HttpHeaders;
import io.pushrod.server.http.Query;
import io.pushrod.server.hub.Shard;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/// How a client asks to join a namespace. Holds credentials: nothing of it belongs in a log.
///
/// @param namespace such as `/`
/// @param auth the JSON object that came with the request to join; `{}` when none did
/// @param headers of the HTTP request that opened the session
/// @param query of the same request
/// @param cookies its `Cookie` header, unless a page sent it that may not act with its visitor's
///   cookies
/// @param shard that the socket is to live on
public record SocketIoHandshake(
    String namespace,
    String auth,
    HttpHeaders headers,
    Query query,
    @Nullable String cookies,
    SocketAddress remoteAddress,
    Shard shard) {
  @Override
  public String toString() {
    return "SocketIoHandshake[namespace=" + namespace + "]";
  }
}
