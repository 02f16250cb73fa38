package io.pushrod.server.transport.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.websocket.WebSocketHandshake;
import io.pushrod.server.http.Exchange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The opening handshake, whatever the WebSocket is for (RFC 6455 section 4.2).
final class WebSocketUpgrade {
  private WebSocketUpgrade() {}

  /// The key of a request that asks for an upgrade as it should.
  ///
  /// @throws RequestException `UPGRADE_REQUIRED` or `BAD_REQUEST`
  static String checkedKey(Exchange exchange) {
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
  static String answer(String key, @Nullable String extensions) {
    return "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n"
        + "sec-websocket-accept: "
        + WebSocketHandshake.accept(key)
        + (extensions == null ? "" : "\r\nsec-websocket-extensions: " + extensions)
        + "\r\n\r\n";
  }

  /// Switches: the answer first, then what the connection has to say, then what the peer sent
  /// behind its request.
  static void open(
      Exchange exchange, WebSocketConnection connection, String answer, Runnable opening) {
    WebSocketHandler handler = new WebSocketHandler(connection);
    ByteBuf behind = exchange.takeOver(handler);
    try {
      byte[] head = answer.getBytes(US_ASCII);
      connection.send(exchange.channel().alloc().directBuffer(head.length).writeBytes(head));
      opening.run();
      handler.read(behind);
    } finally {
      behind.release();
    }
  }
}
