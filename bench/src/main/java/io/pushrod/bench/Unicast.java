package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Crowd;
import io.pushrod.bench.run.Scene;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Many topics with one reader each, as when a language model's tokens go to the one who asked.
@Command(
    name = "unicast",
    description = "Many topics, one reader each: CPU per delivery beside a floor, latency.",
    mixinStandardHelpOptions = true)
final class Unicast implements Callable<Integer> {
  @Mixin private ContestOptions contest = new ContestOptions();

  @Option(
      names = "--transport",
      description = "ws, sse, or mixed for half of each (${DEFAULT-VALUE}).")
  private String transport = "ws";

  @Option(names = "--topics", description = "How many there are (${DEFAULT-VALUE}).")
  private int topics = 1000;

  @Option(names = "--rate", description = "Events per second and topic (${DEFAULT-VALUE}).")
  private int rate = 20;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Crowd crowd = Crowd.of(transport, topics);
    Topics each = new Topics("bench/u", topics, 1);
    Report report =
        contest.measure(
            "unicast-" + crowd.label(),
            "one reader a topic over %s: %,d topics × %d B × %d events/s"
                .formatted(crowd.label(), topics, contest.bytes(), rate),
            Scene.of(crowd, each, rate, contest.seconds(), 1));
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }
}
