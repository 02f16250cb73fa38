package io.pushrod.server.surface.runs;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.Identity;

/// Brings streams of runs to clients.
///
/// **Thread:** the exchange's loop.
public interface RunTransport {
  /// Checks what the transport asks of a request, before anything else is looked at.
  ///
  /// @throws RequestException answered as a status
  void check(Exchange exchange);

  /// Whether a refusal is told inside a stream that ends at once, as its clients could not see it
  /// or would give up by a status.
  boolean tells(RequestException refusal);

  /// Answers with a stream, which begins to read by [RunStream#begin].
  void open(Exchange exchange, Identity who, RunStream stream);

  /// Answers with a stream that ends at once, for a reason.
  void refuse(Exchange exchange, CloseReason reason);
}
