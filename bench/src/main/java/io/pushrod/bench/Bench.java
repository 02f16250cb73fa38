package io.pushrod.bench;

import io.netty.util.internal.logging.InternalLoggerFactory;
import io.netty.util.internal.logging.JdkLoggerFactory;
import io.pushrod.bench.report.Provenance;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The benchmarks as commands of `scripts/bench`.
@Command(
    name = "bench",
    description = "Measures Pushrod beside a floor. See docs/benchmarks.md.",
    footer = {
      "",
      "Further: jmh [JMH options] runs the benchmarks of parts,",
      "jcstress [--short] [jcstress options] races what crosses threads."
    },
    mixinStandardHelpOptions = true,
    subcommands = {
      Fanout.class,
      Unicast.class,
      Runs.class,
      Multiplex.class,
      Knee.class,
      Idle.class,
      Stalled.class,
      Slow.class,
      ResumeStorm.class,
      Churn.class,
      Soak.class,
      SlowHttp.class,
      Faults.class,
      Ingest.class,
      Cluster.class,
      Storage.class,
      ColdReads.class,
      Start.class,
      Pages.class
    })
public final class Bench {
  private static String command = "scripts/bench";
  private static String name = "";

  private Bench() {}

  @Option(
      names = "--name",
      scope = ScopeType.INHERIT,
      description = "Of the files with the results, under bench/target (the command's).")
  void name(String of) {
    name = of;
  }

  /// A report that says what ran.
  ///
  /// @param usualName of its files, unless `--name` says otherwise
  static Report report(String usualName, String title) {
    return new Report(name.isEmpty() ? usualName : name, title)
        .from(Provenance.here(command, root(), Instant.now()));
  }

  public static void main(String[] arguments) {
    InternalLoggerFactory.setDefaultFactory(JdkLoggerFactory.INSTANCE);
    command = "scripts/bench " + String.join(" ", arguments);
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
