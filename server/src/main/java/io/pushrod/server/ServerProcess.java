package io.pushrod.server;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.cli.ServerRunner;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.demo.DemoRoutes;
import io.pushrod.server.demo.DemoSource;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A server as a process: says where it listens, and stops on SIGTERM or SIGINT.
final class ServerProcess implements ServerRunner {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);

  /// How much longer than its drain a server may take to end.
  private static final long PATIENCE_MILLIS = 5_000;

  private final PrintStream out;

  ServerProcess(PrintStream out) {
    this.out = out;
  }

  @Override
  public int serve(ServerConfig config) throws InterruptedException {
    StopSignal stop = stopSignal(config);
    try (PushServer server = start(config, null)) {
      out.println(line(server));
      LOG.info("started: {}", line(server));
      if (config.dev()) {
        printDevHelp(config, server);
      }
      stop.await();
      LOG.info("stopping");
    } finally {
      stop.stopped();
    }
    LOG.info("stopped");
    return 0;
  }

  @Override
  public int demo(ServerConfig config) throws InterruptedException {
    DevSecret secret = DevSecret.loadOrCreate(config.dataDir());
    DemoRoutes routes = new DemoRoutes(() -> token(secret, config, "demo"));
    StopSignal stop = stopSignal(config);
    try (PushServer server = start(config, routes);
        DemoSource _ =
            new DemoSource(server.ingestPort(), () -> token(secret, config, "demo-source"))) {
      out.println(line(server));
      out.println("open   http://127.0.0.1:" + server.httpPort() + "/");
      stop.await();
    } finally {
      stop.stopped();
    }
    return 0;
  }

  /// The server leaves by itself within its own time; whoever sent the signal may rely on that.
  private static StopSignal stopSignal(ServerConfig config) {
    return StopSignal.install(config.drain().timeoutMillis() + PATIENCE_MILLIS);
  }

  private static PushServer start(ServerConfig config, @Nullable DemoRoutes routes) {
    try {
      return PushServer.start(
          config,
          ShiftedClock.ofProcess(),
          router -> {
            if (routes != null) {
              routes.addTo(router);
            }
          });
    } catch (IllegalStateException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  /// One line with everything that a bug report needs.
  private static String line(PushServer server) {
    return "pushrod "
        + Version.TEXT
        + " http="
        + server.httpAddress()
        + " ingest="
        + server.ingestAddress()
        + " admin="
        + server.adminAddress()
        + " transport="
        + server.transport()
        + " fanout="
        + server.fanout()
        + " loops="
        + server.eventLoops()
        + " memory="
        + server.memoryBudgetBytes() / 1024 / 1024
        + "MiB netty="
        + Version.netty()
        + " jvm="
        + Runtime.version();
  }

  private void printDevHelp(ServerConfig config, PushServer server) {
    String token = token(DevSecret.loadOrCreate(config.dataDir()), config, "dev");
    String url = "http://127.0.0.1:" + server.httpPort();
    out.println();
    out.println("Development mode. A token for tenant dev, every topic, 12 hours:");
    out.println("  TOKEN=" + token);
    out.println("  curl -N \"" + url + "/v1/sse?topic=thread/42&token=$TOKEN\"");
    out.println(
        "  curl -H \"Authorization: Bearer $TOKEN\" "
            + url
            + "/v1/publish -d '{\"topic\":\"thread/42\",\"type\":\"token_chunk\",\"data\":{\"text\":\"hello\"}}'");
    out.println();
  }

  private static String token(DevSecret secret, ServerConfig config, String user) {
    return secret
        .minter()
        .mint(
            new TokenRequest(
                "dev",
                user,
                List.of(),
                List.of("*"),
                List.of("*"),
                List.of(),
                List.of(),
                Duration.ofHours(12)),
            config.auth().claims(),
            Instant.now());
  }
}
