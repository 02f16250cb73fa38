package io.pushrod.server.cli;

import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;

/// What `tail` reads, and from where.
///
/// @param base URL of the server, without a slash at the end
/// @param filter empty for everything
/// @param silence how long nothing may be heard until the server says its heartbeat
record TailRequest(URI base, String topic, String filter, String token, Duration silence) {
  static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  @Override
  public String toString() {
    return "TailRequest[" + base + ", " + topic + ']';
  }

  /// A client for one connection: shutting it down ends that, however dead it is.
  static HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .build();
  }

  static Ending unreachable(URI base, Throwable cause) {
    String why =
        cause instanceof ConnectException && cause.getMessage() == null
            ? "nobody listens there"
            : cause.toString();
    return Ending.again("cannot reach " + base + ": " + why);
  }
}
