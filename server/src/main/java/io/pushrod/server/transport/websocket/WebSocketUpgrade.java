package io.pushrod.server.transport.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.WebSocketRequest;
import org.jspecify.annotations.Nullable;

/// The opening handshake, whatever the WebSocket is for (RFC 6455 section 4.2).
final class WebSocketUpgrade {
  private WebSocketUpgrade() {}

  /// @throws RequestException `FORBIDDEN` for a page that may not use us
  static void checkOrigin(Exchange exchange) {
    WebSocketRequest.checkOrigin(exchange);
  }

  /// The key of a request that asks for an upgrade as it should.
  ///
  /// @throws RequestException `UPGRADE_REQUIRED` or `BAD_REQUEST`
  static String checkedKey(Exchange exchange) {
    return WebSocketRequest.checkedKey(exchange);
  }

  /// The `101` that answers a key.
  ///
  /// @param extensions what was agreed on; null for none
  static String answer(String key, @Nullable String extensions) {
    return WebSocketRequest.answer(key, extensions);
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
