package io.pushrod.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/// The benchmarks as commands of `scripts/bench`.
@Command(
    name = "bench",
    description = "Measures Pushrod beside a floor. See docs/benchmarks.md.",
    mixinStandardHelpOptions = true,
    subcommands = {
      Fanout.class,
      Idle.class,
      Stalled.class,
      SlowHttp.class,
      Ingest.class,
      Start.class
    })
public final class Bench {
  private Bench() {}

  public static void main(String[] arguments) {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    int code =
        new CommandLine(new Bench())
            .setExecutionExceptionHandler(
                (failure, command, parsed) -> {
                  if (!(failure instanceof BenchException)) {
                    throw failure;
                  }
                  System.err.println(failure.getMessage());
                  return 1;
                })
            .execute(arguments);
    System.exit(code);
  }

  /// Root of the repository.
  static Path root() {
    return Path.of(System.getProperty("pushrod.root", "."));
  }

  /// Where results go.
  static Path target() {
    return root().resolve("bench/target");
  }

  /// Where children log.
  static Path logs() throws IOException {
    return Files.createDirectories(target().resolve("logs"));
  }
}
