package io.pushrod.server.http;

/// What answers requests of one method on one route.
@FunctionalInterface
public interface Endpoint {
  /// Answers the exchange, now or later from the same event loop. Until then the connection reads
  /// no further request.
  ///
  /// A [io.pushrod.codec.RequestException] thrown from here is the answer; anything else thrown is
  /// a bug, answered 500.
  ///
  /// **Thread:** the channel's event loop.
  void handle(Exchange exchange);

  /// Whether [#handle] is to be called before the request's body has come: see [StreamingEndpoint].
  default boolean streamsBody(Exchange exchange) {
    return false;
  }
}
