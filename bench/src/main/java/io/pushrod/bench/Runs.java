package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Crowd;
import io.pushrod.bench.run.ManagedRuns;
import io.pushrod.bench.run.Scene;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// What it costs that tokens are those of runs, and not just events of topics.
@Command(
    name = "runs",
    description =
        "Runs that a worker emits tokens to, one reader each: CPU per delivery beside unicast.",
    mixinStandardHelpOptions = true)
final class Runs implements Callable<Integer> {
  @Mixin private ContestOptions contest = new ContestOptions();

  @Option(names = "--runs", description = "How many go on at a time (${DEFAULT-VALUE}).")
  private int runs = 1000;

  @Option(names = "--rate", description = "Tokens per second and run (${DEFAULT-VALUE}).")
  private int rate = 20;

  @Override
  public Integer call() throws IOException, InterruptedException {
    contest.server().requireOurs("runs");
    Crowd crowd = Crowd.of("sse", runs);
    Topics each = new Topics("bench/u", runs, 1);
    Report report =
        contest.measure(
            "runs",
            "runs over sse, beside topics: %,d of each × %d B × %d events/s"
                .formatted(runs, contest.bytes(), rate),
            Scene.of(crowd, each, rate, contest.seconds(), 1),
            ManagedRuns::start);
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }
}
