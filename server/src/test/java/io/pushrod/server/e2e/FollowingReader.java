package io.pushrod.server.e2e;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.SseClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A reader of one topic that comes back with its cursor whenever its connection ends, as clients
/// should, and tells an oracle what it gets.
///
/// **Thread:** one of its own, until it is closed.
final class FollowingReader implements AutoCloseable {
  enum Over {
    WEBSOCKET,
    SSE
  }

  /// Clients wait a little before they come back.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final DeployOracle oracle;
  private final String name;
  private final String topic;
  private final ThreeNodes cluster;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Thread thread;
  private volatile boolean closed;
  private volatile String cursor = "earliest";
  private final AtomicInteger connections = new AtomicInteger();

  private FollowingReader(DeployOracle oracle, ThreeNodes cluster, String topic, Over over) {
    this.oracle = oracle;
    this.cluster = cluster;
    this.topic = topic;
    this.name = over + " of " + topic;
    thread = Thread.ofVirtual().name(name).unstarted(() -> follow(over));
  }

  static FollowingReader start(DeployOracle oracle, ThreeNodes cluster, String topic, Over over) {
    FollowingReader reader = new FollowingReader(oracle, cluster, topic, over);
    oracle.reads(reader.name, topic);
    reader.thread.start();
    return reader;
  }

  /// How many it has had.
  int connections() {
    return connections.get();
  }

  private void follow(Over over) {
    while (!closed) {
      try {
        switch (over) {
          case WEBSOCKET -> readWebSocket();
          case SSE -> readStream();
        }
      } catch (CompletionException | IOException e) {
        // No node took it; the next one may.
      } catch (AssertionError e) {
        if (!closed) {
          throw e;
        }
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private URI uri(String path) {
    return cluster.http(path + "token=" + cluster.token());
  }

  private void onMessage(String json) {
    if (json.startsWith("{\"op\"")) {
      return;
    }
    if (json.contains("\"type\":\"gap\"")) {
      oracle.gap(name, json);
    } else {
      oracle.delivered(name, Json.text(json, "id"), Json.text(json, "key"));
    }
    cursor = Json.text(json, "id");
  }

  private void readStream() throws IOException {
    String query = "/v1/sse?topic=" + topic + "&after=" + cursor + '&';
    try (SseClient stream = new SseClient(http, uri(query))) {
      if (stream.response().statusCode() != 200) {
        return;
      }
      connections.incrementAndGet();
      for (SseClient.Dispatched event = stream.next();
          !closed && event.data().startsWith("{");
          event = stream.next()) {
        onMessage(event.data());
      }
    }
  }

  private void readWebSocket() {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    URI uri = uri("/v1/ws?");
    WebSocket socket =
        http.newWebSocketBuilder()
            .buildAsync(URI.create("ws" + uri.toString().substring(4)), new Listener(ended))
            .orTimeout(10, TimeUnit.SECONDS)
            .join();
    connections.incrementAndGet();
    socket.sendText(
        "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"%s\",\"after\":\"%s\"}"
            .formatted(topic, cursor),
        true);
    while (!closed && !ended.isDone()) {
      LockSupport.parkNanos(PAUSE_NANOS);
    }
    socket.abort();
    // What is under way on the socket's thread comes first.
    ended.completeOnTimeout(null, 1, TimeUnit.SECONDS).join();
  }

  private final class Listener implements WebSocket.Listener {
    private final CompletableFuture<Void> ended;
    private final StringBuilder part = new StringBuilder();

    Listener(CompletableFuture<Void> ended) {
      this.ended = ended;
    }

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      part.append(data);
      if (last) {
        onMessage(part.toString());
        part.setLength(0);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public CompletionStage<?> onClose(WebSocket from, int code, String reason) {
      ended.complete(null);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      ended.complete(null);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    SteadyPublishers.join(thread, 5);
  }
}
