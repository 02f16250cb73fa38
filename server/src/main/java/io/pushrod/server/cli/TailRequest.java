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
  HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .build();
  }

  /// What an answer other than the stream means.
  static Ending refusal(int status, String body) {
    FlatJson envelope = FlatJson.parse(body);
    String inner = envelope == null ? null : envelope.raw("error");
    FlatJson error = inner == null ? null : FlatJson.parse(inner);
    String reason =
        error == null
            ? "HTTP status " + status + meaning(status)
            : error.text("code") + ": " + error.text("message");
    boolean again = status >= 500 || status == 408 || status == 425 || status == 429;
    return new Ending(reason, again, 0);
  }

  private static String meaning(int status) {
    return switch (status) {
      case 401 -> " (expected: a valid token)";
      case 403 -> " (expected: a token that allows it)";
      case 404 -> " (expected: a topic the token may read)";
      default -> "";
    };
  }

  static Ending unreachable(URI base, Throwable cause) {
    String why =
        cause instanceof ConnectException && cause.getMessage() == null
            ? "nobody listens there"
            : cause.toString();
    return Ending.again("cannot reach " + base + ": " + why);
  }
}
