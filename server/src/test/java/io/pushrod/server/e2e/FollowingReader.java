package io.pushrod.server.e2e;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.SseClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/// A reader of one topic that comes back with its cursor whenever its connection ends, as clients
/// should, and tells an oracle what it gets. It leaves when a run is over.
///
/// **Thread:** one of its own, until it leaves or is closed.
final class FollowingReader implements AutoCloseable {
  enum Over {
    WEBSOCKET,
    SSE
  }

  /// Clients wait a little before they come back.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  /// What a run ends with.
  private static final Set<String> ENDS = Set.of("run_end", "error", "cancelled");

  private final DeployOracle oracle;
  private final String name;
  private final String topic;
  private final ThreeNodes cluster;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Thread thread;
  private volatile boolean closed;
  private volatile boolean isOver;
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

  String name() {
    return name;
  }

  /// Whether the end of a run has come.
  boolean isOver() {
    return isOver;
  }

  /// How many it has had.
  int connections() {
    return connections.get();
  }

  private void follow(Over over) {
    while (!isDone()) {
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

  private boolean isDone() {
    return closed || isOver;
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
      oracle.delivered(name, Json.text(json, "id"), key(json));
    }
    cursor = Json.text(json, "id");
    isOver = ENDS.contains(Json.text(json, "type"));
  }

  /// Events of the nodes' own have none; they are of one publisher by their type.
  private static String key(String json) {
    return json.contains("\"key\":")
        ? Json.text(json, "key")
        : type(json) + ':' + Json.number(json, "seq");
  }

  /// With the code of an error.
  private static String type(String json) {
    String type = Json.text(json, "type");
    return type.equals("error")
        ? json.substring(json.indexOf("\"data\":")).replace(':', '=')
        : type;
  }

  private void readStream() throws IOException {
    String query = "/v1/sse?topic=" + topic + "&after=" + cursor + '&';
    try (SseClient stream = new SseClient(http, uri(query))) {
      if (stream.response().statusCode() != 200) {
        return;
      }
      connections.incrementAndGet();
      while (!isDone()) {
        String data = stream.next().data();
        if (!data.startsWith("{")) {
          return;
        }
        onMessage(data);
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
    while (!isDone() && !ended.isDone()) {
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
