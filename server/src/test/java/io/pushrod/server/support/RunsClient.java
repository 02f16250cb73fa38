package io.pushrod.server.support;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a client asks of runs over HTTP.
public final class RunsClient {
  private final RunningServer server;
  private final @Nullable String token;

  /// Of the user of [RunningServer#token].
  public RunsClient(RunningServer server) {
    this(server, null);
  }

  private RunsClient(RunningServer server, @Nullable String token) {
    this.server = server;
    this.token = token;
  }

  /// The same with another token; empty for none.
  public RunsClient with(String other) {
    return new RunsClient(server, other);
  }

  /// A token of the owner `root` of a tenant.
  public String owner(String tenant) {
    List<String> all = List.of("*");
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                tenant,
                "root",
                List.of("owner"),
                all,
                all,
                List.of(),
                List.of(),
                Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }

  public HttpResponse<String> start(String query, String input, String... headers) {
    return send("POST", "/runs" + query, input, headers);
  }

  public HttpResponse<String> invoke(String query, String input) {
    return send("POST", "/invoke" + query, input);
  }

  public HttpResponse<String> show(String id) {
    return send("GET", "/runs/" + id, "");
  }

  public HttpResponse<String> list(String query) {
    return send("GET", "/runs" + query, "");
  }

  public HttpResponse<String> delete(String id, String query) {
    return send("DELETE", "/runs/" + id + query, "");
  }

  public HttpResponse<String> cancel(String id) {
    return cancel(id, "");
  }

  public HttpResponse<String> cancel(String id, String body) {
    return send("POST", "/runs/" + id + "/cancel", body);
  }

  public HttpResponse<String> put(String path, String body) {
    return send("PUT", path, body);
  }

  public HttpResponse<String> deletePath(String path) {
    return send("DELETE", path, "");
  }

  private HttpResponse<String> send(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.http(path)).method(method, BodyPublishers.ofString(body));
    String bearer = token == null ? server.token() : token;
    if (!bearer.isEmpty()) {
      request.header("Authorization", "Bearer " + bearer);
    }
    return server.send(headers.length == 0 ? request : request.headers(headers));
  }
}
