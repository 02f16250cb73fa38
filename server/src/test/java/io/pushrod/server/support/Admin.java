package io.pushrod.server.support;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/// What an operator asks of a server's admin port.
public final class Admin {
  private static final String REVOCATIONS = "/admin/revocations";

  private final RunningServer server;

  public Admin(RunningServer server) {
    this.server = server;
  }

  /// @param body with single quotes
  public HttpResponse<String> revoke(String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.admin(REVOCATIONS))
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body.replace('\'', '"')));
    return server.send(headers.length == 0 ? request : request.headers(headers));
  }

  public HttpResponse<String> revocations() {
    return server.send(HttpRequest.newBuilder(server.admin(REVOCATIONS)));
  }

  public HttpResponse<String> takeBack(String id) {
    return server.send(HttpRequest.newBuilder(server.admin(REVOCATIONS + "/" + id)).DELETE());
  }
}
