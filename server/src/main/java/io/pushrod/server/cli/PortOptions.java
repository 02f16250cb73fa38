package io.pushrod.server.cli;

import io.pushrod.server.config.Assignment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The ports that a server listens on.
final class PortOptions {
  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Public port: WebSocket, SSE, HTTP (8080; 0 picks a free one).")
  private @Nullable String http;

  @Option(
      names = "--ingest-port",
      paramLabel = "PORT",
      description = "Port for publishers (7400; 0 picks a free one).")
  private @Nullable String ingest;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      description = "Port for health and metrics (9400; 0 picks a free one).")
  private @Nullable String admin;

  List<Assignment> assignments() {
    List<Assignment> assignments = new ArrayList<>();
    add(assignments, "--port", "http.port", http);
    add(assignments, "--ingest-port", "ingest.port", ingest);
    add(assignments, "--admin-port", "admin.port", admin);
    return assignments;
  }

  private static void add(
      List<Assignment> assignments, String option, String key, @Nullable String value) {
    if (value != null) {
      assignments.add(new Assignment(option, key, value));
    }
  }
}
