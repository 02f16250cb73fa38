package io.pushrod.server.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Starts and cancels runs over HTTP.
///
/// @param base URL of the server, without a slash at the end
record RunClient(URI base, String token) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Override
  public String toString() {
    return "RunClient[" + base + ']';
  }

  /// @param runId null for one that the server makes
  /// @param input one JSON object
  /// @return the run's id
  /// @throws CommandFailed when there is no new run
  String start(String agent, @Nullable String runId, String input) throws InterruptedException {
    String path =
        "/runs?agent="
            + EventStream.encode(agent)
            + (runId == null ? "" : "&run_id=" + EventStream.encode(runId));
    FlatJson answer = FlatJson.parse(post(path, input));
    String id = answer == null ? null : answer.text("run_id");
    if (id == null) {
      throw new CommandFailed("no run id in the answer of " + base + " (expected: a Pushrod)");
    }
    return id;
  }

  /// @throws CommandFailed when it cannot be cancelled
  void cancel(String runId) throws InterruptedException {
    var _ = post("/runs/" + EventStream.encode(runId) + "/cancel", "{\"how\":\"now\"}");
  }

  private String post(String path, String body) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(TIMEOUT)
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build();
    HttpClient http = TailRequest.client();
    try {
      HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
      if (answer.statusCode() / 100 != 2) {
        throw new CommandFailed(Refusal.of(answer.statusCode(), answer.body()).reason());
      }
      return answer.body();
    } catch (IOException e) {
      throw new CommandFailed(TailRequest.unreachable(base, e).reason());
    } finally {
      http.shutdownNow();
    }
  }
}
