package io.pushrod.server.support;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/// An Engine.IO client by hand, over polling.
public final class PollingClient {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http;
  private final URI base;
  private final String sid;

  /// Opens a session.
  ///
  /// @param base with everything but the `sid`
  public PollingClient(HttpClient http, URI base) {
    this.http = http;
    this.base = base;
    HttpResponse<String> answer =
        http.sendAsync(request(base).build(), BodyHandlers.ofString()).join();
    if (answer.statusCode() != 200) {
      throw new AssertionError("handshake: " + answer.statusCode() + " " + answer.body());
    }
    sid = Json.text(answer.body().substring(1), "sid");
  }

  public String sid() {
    return sid;
  }

  /// Begins to wait for packets.
  public CompletableFuture<HttpResponse<String>> polling() {
    return http.sendAsync(request(uri()).build(), BodyHandlers.ofString());
  }

  public HttpResponse<String> poll() {
    return polling().join();
  }

  /// The packets of one poll.
  public List<String> packets() {
    HttpResponse<String> answer = poll();
    if (answer.statusCode() != 200) {
      throw new AssertionError("poll: " + answer.statusCode() + " " + answer.body());
    }
    return List.of(answer.body().split("\u001e"));
  }

  /// The messages of as many polls as it takes; pings are answered.
  public List<String> messages(int atLeast) {
    List<String> messages = new ArrayList<>();
    while (messages.size() < atLeast) {
      for (String packet : packets()) {
        if (packet.equals("2")) {
          post("3");
        } else {
          messages.add(packet);
        }
      }
    }
    return messages;
  }

  public HttpResponse<String> post(String payload) {
    return http.sendAsync(
            request(uri()).POST(BodyPublishers.ofString(payload)).build(), BodyHandlers.ofString())
        .join();
  }

  private URI uri() {
    return URI.create(base + "&sid=" + sid);
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri).timeout(PATIENCE);
  }
}
