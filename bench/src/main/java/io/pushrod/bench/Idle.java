package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Memory per idle connection: the slope between few and many, so that what the server needs anyway
/// drops out.
@Command(
    name = "idle",
    description = "Live heap and resident memory per idle connection.",
    mixinStandardHelpOptions = true)
final class Idle implements Callable<Integer> {
  private static final String GROUP = "idle";
  private static final int MAX_SECONDS = 300;
  private static final int SETTLE_SECONDS = 2;
  private static final int WARM_UP_CYCLES = 4;
  private static final int CLASSES_SHOWN = 40;

  @Option(names = "--transport", defaultValue = "ws", description = "ws or sse")
  String transport = "ws";

  @Option(names = "--from", defaultValue = "2000", description = "connections at the first look")
  int from;

  @Option(names = "--to", defaultValue = "10000", description = "connections at the second look")
  int to;

  @Option(names = "--blocks", defaultValue = "3")
  int blocks;

  @Option(names = "--no-subscription", description = "connect, but subscribe to nothing")
  boolean bare;

  @Mixin private ServerOptions options = new ServerOptions();

  private final List<Double> heap = new ArrayList<>();
  private final List<Double> rss = new ArrayList<>();
  private final List<Double> dirty = new ArrayList<>();
  private final List<Double> direct = new ArrayList<>();

  private record Look(Map<String, Long> live, Memory memory, long directBytes) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("idle");
    Look few = null;
    Look many = null;
    for (int block = 0; block < blocks; block++) {
      try (Pushrod server = options.open(topics(), 256, to, MAX_SECONDS);
          Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
        warmUp(process, server);
        open(process, server, from);
        few = look(server);
        open(process, server, to - from);
        many = look(server);
        process.close(GROUP);
      }
      heap.add(slope(few.live.getOrDefault("", 0L), many.live.getOrDefault("", 0L)));
      rss.add(slope(few.memory.rssBytes(), many.memory.rssBytes()));
      dirty.add(slope(few.memory.privateDirtyBytes(), many.memory.privateDirtyBytes()));
      direct.add(slope(few.directBytes, many.directBytes));
    }
    Report report =
        Bench.report(
                "idle-" + transport,
                "idle %s connections, %s: slope from %,d to %,d, %d blocks"
                    .formatted(
                        transport, bare ? "no subscription" : "one subscription", from, to, blocks))
            .row("live heap per connection", "B", heap)
            .row("resident memory per connection", "B", rss)
            .row("private dirty memory per connection", "B", dirty)
            .row("direct buffers per connection", "B", direct);
    report.print(System.out);
    if (few != null && many != null) {
      printClasses(few.live, many.live);
    }
    report.write(Bench.target());
    return 0;
  }

  /// As many connections as the first look has come and go, so that what the JVM takes for
  /// compiling and loading is not charged to the connections between the looks.
  private void warmUp(Readers process, Pushrod server) throws IOException, InterruptedException {
    for (int cycle = 0; cycle < WARM_UP_CYCLES; cycle++) {
      open(process, server, from);
      process.close(GROUP);
    }
  }

  private void open(Readers process, Pushrod server, int count)
      throws IOException, InterruptedException {
    process.open(GROUP, server.door(Transport.of(transport)), count, 0);
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
  }

  private Topics topics() {
    return new Topics("bench/t", 1, bare ? 0 : 1);
  }

  private static Look look(Pushrod server) throws IOException, InterruptedException {
    Map<String, Long> live = Memory.liveBytes(server.pid(), Bench.logs());
    long directBytes = (long) server.metrics().value(Pushrod.DIRECT_MEMORY);
    return new Look(live, Memory.of(server.pid()), directBytes);
  }

  private double slope(long few, long many) {
    return (many - few) / (double) (to - from);
  }

  private void printClasses(Map<String, Long> few, Map<String, Long> many) {
    System.out.println("live bytes per connection by class, last block:");
    many.entrySet().stream()
        .filter(e -> !e.getKey().isEmpty())
        .map(e -> Map.entry(e.getKey(), slope(few.getOrDefault(e.getKey(), 0L), e.getValue())))
        .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
        .limit(CLASSES_SHOWN)
        .forEach(e -> System.out.printf("%8.1f  %s%n", e.getValue(), e.getKey()));
  }
}
