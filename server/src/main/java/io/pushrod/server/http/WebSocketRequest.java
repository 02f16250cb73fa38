package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.websocket.WebSocketHandshake;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request that asks for a WebSocket, whatever that is for (RFC 6455 section 4.2).
public final class WebSocketRequest {
  private WebSocketRequest() {}

  /// @throws RequestException `FORBIDDEN` for a page that may not use us
  public static void checkOrigin(Exchange exchange) {
    if (!exchange.originAllowed()) {
      exchange.metrics().count(Counter.HTTP_ORIGIN_REFUSED);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "origin: not allowed (expected: one of http.allowed_origins)");
    }
  }

  /// The key of a request that asks for an upgrade as it should.
  ///
  /// @throws RequestException `UPGRADE_REQUIRED` or `BAD_REQUEST`
  public static String checkedKey(Exchange exchange) {
    List<String> upgrades = exchange.headers().getAll(HttpHeaderNames.UPGRADE);
    boolean asks =
        upgrades.size() == 1
            && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(upgrades.getFirst())
            && exchange
                .headers()
                .containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true);
    if (!asks || exchange.isHttp10()) {
      throw new RequestException(
          ErrorCode.UPGRADE_REQUIRED, "upgrade: none (expected: websocket over HTTP/1.1)");
    }
    List<String> versions = exchange.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_VERSION);
    if (versions.size() != 1 || !WebSocketHandshake.isVersion(versions.getFirst())) {
      throw new RequestException(
          ErrorCode.UPGRADE_REQUIRED,
          "sec-websocket-version: not supported (expected: " + WebSocketHandshake.VERSION + ")");
    }
    List<String> keys = exchange.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_KEY);
    if (keys.size() != 1 || !WebSocketHandshake.isKey(keys.getFirst())) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "sec-websocket-key: invalid (expected: 16 bytes in base64)");
    }
    if (exchange.body().isReadable()) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "body: not empty (expected: none with an upgrade)");
    }
    return keys.getFirst();
  }

  /// The `101` that answers a key.
  ///
  /// @param extensions what was agreed on; null for none
  public static String answer(String key, @Nullable String extensions) {
    return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        + "sec-websocket-accept: "
        + WebSocketHandshake.accept(key)
        + (extensions == null ? "" : "\r\nsec-websocket-extensions: " + extensions)
        + "\r\n\r\n";
  }
}
