package io.pushrod.bench;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.PushrodAddress;
import io.pushrod.bench.run.Tokens;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which Pushrod is measured: one that the benchmark starts, or one that runs already.
final class ServerOptions {
  private static final int INGEST_PORT = 7400;
  private static final int ADMIN_PORT = 9400;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = {
        "A server that runs already, such as http://127.0.0.1:8080 of serve --dev.",
        "Without it the benchmark starts one of its own on core 0, with one event loop."
      })
  private @Nullable URI url;

  @Option(
      names = "--ingest-port",
      paramLabel = "PORT",
      description = "Of the server at --url (${DEFAULT-VALUE}).")
  private int ingestPort = INGEST_PORT;

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      description =
          "Of the server at --url (${DEFAULT-VALUE}; 0 for none: then its metrics are left out).")
  private int adminPort = ADMIN_PORT;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of the server at --url, whose dev secret signs tokens (.).")
  private Path data = Path.of(".");

  @Option(names = "--tenant", description = "That the dev secret signs for (${DEFAULT-VALUE}).")
  private String tenant = "bench";

  @Option(
      names = "--token",
      paramLabel = "JWT",
      description =
          "For the server at --url, instead of the dev secret; may publish and read bench/*.")
  private @Nullable String token;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A setting of the server that the benchmark starts; may be repeated.")
  private List<String> settings = new ArrayList<>();

  @Option(
      names = "--variant",
      paramLabel = "'NAME: --set K=V -JFLAG'",
      description = {
        "Measures the server with these settings and JVM flags, in the same blocks as the others;",
        "may be repeated. 'base:' is the server as it comes. Further words: --cores 0,1 runs it there,",
        "--compress once|each has its WebSocket readers take compressed events, shared or not,",
        "--root DIR takes the server of another checkout, to hold two versions against each other."
      })
  private List<String> variants = new ArrayList<>();

  /// Whether the benchmark starts the server, and so may look into its process.
  boolean isOurs() {
    return url == null;
  }

  /// For commands that look into the server's process.
  void requireOurs(String command) {
    if (url != null) {
      throw new BenchException("--url: not for " + command + " (expected: a server of its own)");
    }
  }

  /// What is started, in the order of the tables.
  List<Variant> variants() {
    return variants.isEmpty()
        ? List.of(Variant.plain(settings))
        : variants.stream().map(text -> Variant.parse(text, settings)).toList();
  }

  /// The only server of commands that measure one.
  Pushrod open(Topics topics, int eventBytes, int readers, int maxSeconds)
      throws IOException, InterruptedException {
    if (variants().size() > 1) {
      throw new BenchException("--variant: more than one (expected: one for this command)");
    }
    return open(variants().getFirst(), topics, eventBytes, readers, maxSeconds);
  }

  /// Starts a variant, or goes to the server at `--url`.
  Pushrod open(Variant variant, Topics topics, int eventBytes, int readers, int maxSeconds)
      throws IOException, InterruptedException {
    if (url == null) {
      return Pushrod.start(Bench.root(), Bench.logs(), variant, topics, eventBytes, maxSeconds);
    }
    return Pushrod.at(address(url), tokens(readers), topics, eventBytes);
  }

  /// For the server at `--url`.
  Tokens tokens(int readers) {
    return token != null
        ? Tokens.one(token)
        : Tokens.dev(data, tenant, readers, Pushrod.connectionsPerUser());
  }

  /// Of the server at `--url`; null without one.
  @Nullable PushrodAddress address() {
    return url == null ? null : address(url);
  }

  /// Of every server that is started.
  List<String> settings() {
    return List.copyOf(settings);
  }

  private PushrodAddress address(URI of) {
    if (!"http".equals(of.getScheme()) || of.getHost() == null) {
      throw new BenchException("--url: " + of + " (expected: http://host:port)");
    }
    int port = of.getPort() < 0 ? 80 : of.getPort();
    return new PushrodAddress(of.getHost(), port, ingestPort, adminPort);
  }
}
