package io.pushrod.bench.run;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Where a Pushrod server listens.
///
/// @param adminPort 0 when it cannot be reached: then there are no figures from its metrics
public record PushrodAddress(String host, int port, int ingestPort, int adminPort) {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final HttpClient HTTP =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  void awaitReady(Child child) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() < deadline && child.isAlive()) {
      if (isReady()) {
        return;
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new BenchException("server: not ready, see its log under bench/target/logs");
  }

  /// Whether the admin port answers that the server takes connections.
  boolean isReady() throws IOException, InterruptedException {
    try {
      return HTTP.send(get(adminPort, "/readyz").build(), BodyHandlers.discarding()).statusCode()
          == 200;
    } catch (ConnectException e) {
      return false; // not listening yet
    }
  }

  private HttpRequest.Builder get(int of, String path) {
    return HttpRequest.newBuilder(URI.create("http://" + host + ':' + of + path)).timeout(SOON);
  }

  /// One scrape of the admin port.
  Metrics metrics() throws IOException, InterruptedException {
    return Metrics.parse(
        HTTP.send(get(adminPort, "/metrics").build(), BodyHandlers.ofString()).body());
  }

  /// The JSON of the only event of a topic.
  String onlyEvent(String topic, String token) throws IOException, InterruptedException {
    HttpRequest request =
        get(port, "/v1/topics/" + topic + "/events?after=earliest&limit=1")
            .header("Authorization", "Bearer " + token)
            .build();
    HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
    String page = answer.body();
    int from = page.indexOf("\"events\":[");
    int to = page.indexOf("}]", from);
    if (from < 0 || to < 0) {
      throw new BenchException(
          "history: " + answer.statusCode() + ' ' + page + " (expected: one event)");
    }
    return page.substring(from + "\"events\":[".length(), to + 1);
  }
}
