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

/// CPU per delivery of servers ÷ CPU per delivery of the floor, one topic.
@Command(
    name = "fanout",
    description = "One topic, many readers: CPU per delivery, allocation, socket writes, latency.",
    mixinStandardHelpOptions = true)
final class Fanout implements Callable<Integer> {
  @Mixin private ContestOptions contest = new ContestOptions();

  @Option(
      names = "--transport",
      description = "ws, sse, or mixed for half of each (${DEFAULT-VALUE}).")
  private String transport = "ws";

  @Option(names = "--readers", description = "How many there are (${DEFAULT-VALUE}).")
  private int readers = 1000;

  @Option(names = "--rate", description = "Events per second (${DEFAULT-VALUE}).")
  private int rate = 100;

  @Option(
      names = "--coalesced",
      paramLabel = "N",
      description =
          "Publishes N events at a time, so that N are pending for every reader; the floor still"
              + " sends each by itself (${DEFAULT-VALUE}).")
  private int coalesced = 1;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Crowd crowd = Crowd.of(transport, readers);
    Scene scene = Scene.of(crowd, Topics.one("bench/t"), rate, contest.seconds(), coalesced);
    Report report =
        contest.measure(
            "fanout-" + crowd.label() + (coalesced == 1 ? "" : "-coalesced"),
            "fan-out over %s: %,d readers × %d B × %d events/s%s"
                .formatted(
                    crowd.label(),
                    readers,
                    contest.bytes(),
                    rate,
                    coalesced == 1 ? "" : ", " + coalesced + " at a time"),
            scene);
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }
}
