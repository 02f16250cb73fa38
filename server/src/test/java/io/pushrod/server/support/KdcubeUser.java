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

/// What a client of KDCube asks for.
public final class KdcubeUser {
  private final RunningServer server;
  private final String token;

  private KdcubeUser(RunningServer server, String token) {
    this.server = server;
    this.token = token;
  }

  /// A user of tenant `acme`, whose token grants no topics.
  public static KdcubeUser of(RunningServer server, String name, String... roles) {
    return ofTenant(server, "acme", name, roles);
  }

  public static KdcubeUser ofTenant(
      RunningServer server, String tenant, String name, String... roles) {
    List<String> none = List.of();
    String token =
        DevSecret.loadOrCreate(server.dataDir())
            .minter()
            .mint(
                new TokenRequest(
                    tenant, name, List.of(roles), none, none, none, none, Duration.ofHours(1)),
                ServerConfig.defaults(true).auth().claims(),
                Instant.now());
    return new KdcubeUser(server, token);
  }

  /// One without a token.
  public static KdcubeUser anonymous(RunningServer server) {
    return new KdcubeUser(server, "");
  }

  public String token() {
    return token;
  }

  public HttpResponse<String> profile(String... headers) {
    return send(HttpRequest.newBuilder(server.http("/profile")), headers);
  }

  public String sessionId() {
    return Json.text(profile().body(), "session_id");
  }

  /// An open stream, of which nothing has been read.
  public SseClient stream(String query) {
    return token.isEmpty()
        ? server.sseAt("/sse/stream?" + query)
        : server.sseAt("/sse/stream?" + query, "Authorization", "Bearer " + token);
  }

  /// An open stream whose `ready` has been read.
  public SseClient readyStream(String streamId) {
    SseClient stream = stream("stream_id=" + streamId);
    SseClient.Dispatched first = stream.next();
    if (!first.name().equals("ready")) {
      throw new AssertionError("ready: " + first);
    }
    return stream;
  }

  public HttpResponse<String> chat(String streamId, String body, String... headers) {
    return post("/sse/chat?stream_id=" + streamId, body, headers);
  }

  /// Sends form data with that boundary.
  public HttpResponse<String> form(String streamId, String boundary, String body) {
    return send(
        HttpRequest.newBuilder(server.http("/sse/chat?stream_id=" + streamId))
            .header("Content-Type", "multipart/form-data; boundary=" + boundary)
            .POST(BodyPublishers.ofString(body)));
  }

  public HttpResponse<String> post(String path, String body, String... headers) {
    return send(
        HttpRequest.newBuilder(server.http(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body)),
        headers);
  }

  private HttpResponse<String> send(HttpRequest.Builder request, String... headers) {
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return server.send(headers.length == 0 ? request : request.headers(headers));
  }
}
