package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Crowd;
import io.pushrod.bench.run.Footprint;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Scene;
import io.pushrod.bench.run.Topics;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Many topics on each connection, as of a browser that has many threads open.
@Command(
    name = "multiplex",
    description = {
      "Many topics on each connection: CPU per delivery beside a floor, latency,",
      "and memory per topic and per subscription."
    },
    mixinStandardHelpOptions = true)
final class Multiplex implements Callable<Integer> {
  private static final String PREFIX = "bench/m";
  private static final int MAX_SECONDS = 300;

  /// How many times fewer topics and subscriptions there are at the first look.
  private static final int FEWER = 5;

  @Mixin private ContestOptions contest = new ContestOptions();

  @Option(names = "--transport", description = "ws, sse, or mixed (${DEFAULT-VALUE}).")
  private String transport = "ws";

  @Option(names = "--connections", description = "How many there are (${DEFAULT-VALUE}).")
  private int connections = 200;

  @Option(names = "--topics", description = "How many there are (${DEFAULT-VALUE}).")
  private int topics = 1000;

  @Option(
      names = "--per-connection",
      description = "Topics that each connection reads (${DEFAULT-VALUE}).")
  private int perConnection = 50;

  @Option(names = "--rate", description = "Events per second and topic (${DEFAULT-VALUE}).")
  private int rate = 1;

  @Option(
      names = "--memory-topics",
      description = "At the second look at memory; 0 for no look (${DEFAULT-VALUE}).")
  private int memoryTopics = 10_000;

  @Override
  public Integer call() throws IOException, InterruptedException {
    Crowd crowd = Crowd.of(transport, connections);
    Topics each = new Topics(PREFIX, topics, perConnection);
    boolean looks = memoryTopics > 0 && contest.server().isOurs();
    if (looks && (memoryTopics < perConnection || perConnection < FEWER)) {
      throw new BenchException(
          "--memory-topics: %d (expected: 0, or >= %d topics per connection, and these >= %d)"
              .formatted(memoryTopics, perConnection, FEWER));
    }
    Report report =
        contest.measure(
            "multiplex-" + crowd.label(),
            "%,d connections over %s × %d topics of %,d: %d B × %d events/s each"
                .formatted(
                    connections, crowd.label(), perConnection, topics, contest.bytes(), rate),
            Scene.of(crowd, each, rate, contest.seconds(), 1));
    if (looks) {
      memory(report, crowd);
    }
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private void memory(Report report, Crowd crowd) throws IOException, InterruptedException {
    List<Footprint> perTopic = new ArrayList<>();
    List<Footprint> perSubscription = new ArrayList<>();
    for (int block = 0; block < contest.blocks(); block++) {
      Topics all = new Topics(PREFIX, memoryTopics, 0);
      try (Pushrod server = contest.server().open(all, contest.bytes(), connections, MAX_SECONDS);
          Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
        perTopic.add(topics(server));
        perSubscription.add(subscriptions(server, process, crowd));
      }
    }
    rows(report, "topic with one event", perTopic);
    rows(report, "subscription", perSubscription);
  }

  private Footprint topics(Pushrod server) throws IOException, InterruptedException {
    int few = memoryTopics / FEWER;
    publish(server, 0, few);
    Footprint before = Footprint.of(server, Bench.logs());
    publish(server, few, memoryTopics);
    return Footprint.of(server, Bench.logs()).each(before, memoryTopics - few);
  }

  /// One event to each topic in `[from, to)`.
  private static void publish(Pushrod server, int from, int to) throws InterruptedException {
    try (Publisher publisher = server.publisher("bench-memory")) {
      List<CompletableFuture<Published>> published = new ArrayList<>();
      for (int topic = from; topic < to; topic++) {
        byte[] data = server.shape().data(1, System.nanoTime());
        published.add(
            publisher.publish(Publication.of(server.topics().name(topic), "bench", data)));
      }
      for (CompletableFuture<Published> each : published) {
        Pushrod.settled(each);
      }
    }
  }

  /// The connections are as many at both looks; the first ones have warmed up what they need.
  private Footprint subscriptions(Pushrod server, Readers process, Crowd crowd)
      throws IOException, InterruptedException {
    int few = perConnection / FEWER;
    look(server, process, crowd, few);
    Footprint before = look(server, process, crowd, few);
    Footprint after = look(server, process, crowd, perConnection);
    return after.each(before, (long) connections * (perConnection - few));
  }

  private static Footprint look(Pushrod server, Readers process, Crowd crowd, int perConnection)
      throws IOException, InterruptedException {
    Topics read = new Topics(server.topics().prefix(), server.topics().count(), perConnection);
    crowd.enter(server.name(), transport -> server.door(transport, read), process);
    Footprint footprint = Footprint.of(server, Bench.logs());
    process.close(server.name());
    return footprint;
  }

  private static void rows(Report report, String what, List<Footprint> blocks) {
    row(report, "live heap per " + what, blocks, Footprint::liveHeapBytes);
    row(report, "direct buffers per " + what, blocks, Footprint::directBytes);
    row(report, "memory budget per " + what, blocks, Footprint::budgetBytes);
  }

  private static void row(
      Report report, String name, List<Footprint> blocks, ToDoubleFunction<Footprint> value) {
    report.row(name, "B", blocks.stream().map(each -> value.applyAsDouble(each)).toList());
  }
}
