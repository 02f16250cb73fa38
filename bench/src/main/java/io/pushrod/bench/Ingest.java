package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.CpuClock;
import io.pushrod.bench.run.Machine;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Topics;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Events per second through the ingest port, from the Java publisher to its acknowledgements. This
/// is a closed loop: the publisher's window paces it, so it tells throughput and nothing about
/// latency.
@Command(
    name = "ingest",
    description = "Publishes as fast as acknowledgements allow: events per second, CPU per event.",
    mixinStandardHelpOptions = true)
final class Ingest implements Callable<Integer> {
  private static final String TOPIC = "bench/ingest";
  private static final int MAX_SECONDS = 300;
  private static final int EVENTS_PER_LOOK = 256;

  @Option(names = "--bytes", defaultValue = "120", description = "size of an event's payload")
  int bytes;

  @Option(names = "--seconds", defaultValue = "5", description = "of a measured window")
  int seconds;

  @Option(names = "--warm-up", defaultValue = "5", description = "seconds before it")
  int warmUpSeconds;

  @Option(names = "--blocks", defaultValue = "5")
  int blocks;

  @Mixin private ServerOptions options = new ServerOptions();

  private final List<Double> rate = new ArrayList<>();
  private final List<Double> serverMicros = new ArrayList<>();
  private final List<Double> serverCores = new ArrayList<>();
  private final List<Double> publisherCores = new ArrayList<>();
  private final List<Double> foreign = new ArrayList<>();
  private final List<Double> load = new ArrayList<>();

  private record Sent(long events, long lastSequence, long nanos) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("ingest");
    for (int block = 0; block < blocks; block++) {
      block();
    }
    Report report =
        Bench.report(
                "ingest",
                "ingest with acknowledgements: payload of %d B, %d blocks of %d s"
                    .formatted(bytes, blocks, seconds))
            .row("acknowledged events per second", "", rate)
            .row("server CPU per event", "µs", serverMicros)
            .row("server CPU", "cores", serverCores)
            .row("publisher CPU", "cores", publisherCores)
            .row("foreign CPU", "cores", foreign)
            .row("load average", "", load)
            .fact("verified", "the sequences acknowledged are as many as the events published");
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  private void block() throws IOException, InterruptedException {
    long self = ProcessHandle.current().pid();
    try (Pushrod server = options.open(Topics.one("bench/t"), 256, 0, MAX_SECONDS);
        Publisher publisher = server.publisher("bench-ingest")) {
      Sent warm = send(publisher, warmUpSeconds);
      Machine before = Machine.now(List.of());
      long serverCpu = CpuClock.nanos(server.pid());
      long ownCpu = CpuClock.nanos(self);
      Sent sent = send(publisher, seconds);
      serverCpu = CpuClock.nanos(server.pid()) - serverCpu;
      ownCpu = CpuClock.nanos(self) - ownCpu;
      Machine after = Machine.now(List.of());
      if (sent.lastSequence - warm.lastSequence != sent.events) {
        throw new BenchException(
            "sequences: %d (expected: %d)"
                .formatted(sent.lastSequence - warm.lastSequence, sent.events));
      }
      rate.add(sent.events * 1e9 / sent.nanos);
      serverMicros.add(serverCpu / 1e3 / sent.events);
      serverCores.add((double) serverCpu / sent.nanos);
      publisherCores.add((double) ownCpu / sent.nanos);
      foreign.add(after.foreignSince(before));
      load.add(after.load());
    }
  }

  private Sent send(Publisher publisher, int length) throws InterruptedException {
    String start = "{\"text\":\"";
    byte[] data =
        (start + "x".repeat(Math.max(0, bytes - start.length() - 2)) + "\"}")
            .getBytes(StandardCharsets.US_ASCII);
    Publication publication = Publication.of(TOPIC, "bench", data);
    long begin = System.nanoTime();
    long end = begin + Duration.ofSeconds(length).toNanos();
    long events = 0;
    CompletableFuture<Published> last;
    do {
      for (int i = 1; i < EVENTS_PER_LOOK; i++) {
        var _ = publisher.publish(publication);
      }
      last = publisher.publish(publication);
      events += EVENTS_PER_LOOK;
    } while (System.nanoTime() < end);
    long sequence = Pushrod.settled(last).sequence();
    return new Sent(events, sequence, System.nanoTime() - begin);
  }
}
