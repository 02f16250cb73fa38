package io.pushrod.server.surface.route;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.Identity;
import org.jspecify.annotations.Nullable;

/// Brings conversations to clients over one transport.
///
/// **Thread:** the exchange's loop.
public interface SurfaceTransport {
  /// Checks what the transport asks of a request, before anything else is looked at.
  ///
  /// @throws RequestException answered as a status
  void check(Exchange exchange);

  /// Whether a refusal is told on a connection that ends at once, as its clients could not see it
  /// or would give up by a status.
  boolean tells(RequestException why);

  /// Opens the connection and its conversation.
  ///
  /// @param who null for one who says it later
  void open(Exchange exchange, @Nullable Identity who, Opening opening);

  /// Opens a connection that ends at once.
  void refuse(Exchange exchange, Row row, CloseReason reason, Farewell farewell);
}
