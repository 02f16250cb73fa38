package io.pushrod.bench;

import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.DiskUse;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.PageCache;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import io.pushrod.bench.run.WarmUp;
import io.pushrod.bench.run.Window;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Readers take topics that lie on the disk from their start, while others read live.
@Command(
    name = "cold-reads",
    description = {
      "Topics much larger than what stays in memory are read from their start, out of files that the",
      "kernel has forgotten, beside a live fan-out: its p99 with and without, bytes read, memory."
    },
    mixinStandardHelpOptions = true)
final class ColdReads implements Callable<Integer> {
  private static final String COLD = "cold";
  private static final int MAX_SECONDS = 900;
  private static final int LOOK_MILLIS = 50;
  private static final double MIB = Charts.MIB;

  @Option(names = "--transport", description = "ws or sse (${DEFAULT-VALUE})")
  private String transport = "ws";

  @Option(names = "--cold", description = "MiB of events on the disk (${DEFAULT-VALUE})")
  int coldMib = 256;

  @Option(
      names = "--clients",
      description = "that read them, each a topic of its own (${DEFAULT-VALUE})")
  int clients = 8;

  @Option(
      names = "--read",
      description =
          "bytes per second that each of them reads; 0 for as fast as it can (${DEFAULT-VALUE})")
  int readBytes = 1_000_000;

  @Option(names = "--live", description = "readers of the live topic (${DEFAULT-VALUE})")
  private int live = 200;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  int bytes = 500;

  @Option(names = "--rate", description = "live events per second (${DEFAULT-VALUE})")
  private int rate = 50;

  @Option(names = "--seconds", description = "of a measured window (${DEFAULT-VALUE})")
  private int seconds = 10;

  @Option(
      names = "--resident",
      description = "of a topic that stays in memory, a size as in the configuration")
  private String resident = "64KiB";

  @Option(
      names = "--patience",
      description = "seconds for all to be read after the window (${DEFAULT-VALUE})")
  private int patience = 120;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  private int blocks = 5;

  @Mixin private ServerOptions options = new ServerOptions();

  /// What one block found.
  ///
  /// @param coldEvents that the clients got in the window
  /// @param coldNanos from when they came until they had everything
  /// @param diskBytes that the server had read from the disk by then
  /// @param fileBytes of its files
  /// @param leftBytes of them in the page cache when the clients came
  private record Read(
      Window beside,
      long coldEvents,
      long coldNanos,
      long diskBytes,
      long fileBytes,
      long leftBytes,
      long rssBefore,
      long rssPeak) {}

  private final Beside latency = new Beside("cold reads");
  private final List<Read> reads = new ArrayList<>();
  private final List<Window> quiets = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("cold-reads");
    eventsPerTopic();
    try (Progress progress = Progress.start("cold-reads " + transport, 4 * blocks)) {
      for (int block = 0; block < blocks; block++) {
        block(block, progress);
      }
    }
    Report report = report();
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  /// Of a cold topic.
  ///
  /// @throws BenchException when there would be none
  int eventsPerTopic() {
    long events = (long) (coldMib * MIB / bytes / Math.max(1, clients));
    if (clients < 1 || events < 1 || events > 100_000_000) {
      throw new BenchException(
          "--cold: %d MiB for %d clients (expected: 1 to 100,000,000 events for each)"
              .formatted(coldMib, clients));
    }
    return (int) events;
  }

  private Variant variant() {
    Variant own = options.variants().getFirst();
    List<String> settings =
        new ArrayList<>(
            List.of(
                "storage.backend=disk",
                "storage.resident_bytes=" + resident,
                "retention.events=" + 2 * eventsPerTopic(),
                "retention.bytes=" + 4L * eventsPerTopic() * bytes));
    settings.addAll(own.settings());
    return own.with(settings);
  }

  private void block(int block, Progress progress) throws IOException, InterruptedException {
    progress.step("start and fill");
    Topics topics = Topics.one("bench/t");
    try (Pushrod server = options.open(variant(), topics, bytes, clients + live, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      fill(server);
      process.open(server.name(), server.door(Transport.of(transport)), live, 0);
      progress.step("warm up");
      WarmUp.run(server, process, live, load(rate));
      rehearse(server, process);
      Load window = load((long) rate * seconds);
      // Whoever is measured second finds a server that has run for longer: they take turns.
      boolean quietFirst = block % 2 == 0;
      if (quietFirst) {
        quiet(server, process, window, progress);
      }
      progress.step("with cold reads");
      reads.add(cold(server, process, window));
      if (!quietFirst) {
        quiet(server, process, window, progress);
      }
      latency.add(
          quiets.getLast().seen().latencyNanos(), reads.getLast().beside.seen().latencyNanos());
    }
  }

  private void quiet(Pushrod server, Readers process, Load window, Progress progress)
      throws IOException, InterruptedException {
    progress.step("without cold reads");
    quiets.add(Window.measure(server, process, live * window.events(), window));
  }

  private Topics coldTopics() {
    return new Topics("bench/cold", clients, 1);
  }

  /// Publishes what is read back, as fast as it is acknowledged.
  private void fill(Pushrod server) throws InterruptedException {
    Topics cold = coldTopics();
    try (Publisher publisher = server.publisher("bench-fill")) {
      List<CompletableFuture<Published>> lasts = new ArrayList<>();
      int events = eventsPerTopic();
      for (int sequence = 1; sequence <= events; sequence++) {
        byte[] data = server.shape().data(sequence, 0);
        for (int topic = 0; topic < clients; topic++) {
          var published = publisher.publish(Publication.of(cold.name(topic), "bench", data));
          if (sequence == events) {
            lasts.add(published);
          }
        }
      }
      for (CompletableFuture<Published> last : lasts) {
        if (Pushrod.settled(last).sequence() != events) {
          throw new BenchException("fill: last sequence (expected: " + events + ")");
        }
      }
    }
  }

  private Load load(long rounds) {
    return Load.one(rounds, rate);
  }

  /// Reading back that nobody measures: it is compiled once it was used.
  private void rehearse(Pushrod server, Readers process) throws IOException, InterruptedException {
    enter(server, process);
    Load second = load(2L * rate);
    Window.measure(server, process, live * second.events(), second);
    process.close(COLD);
  }

  private void enter(Pushrod server, Readers process) throws IOException, InterruptedException {
    process.open(
        COLD,
        server.door(Transport.of(transport), coldTopics(), Map.of("after", "earliest")),
        clients,
        readBytes > 0 ? clients : 0);
    if (readBytes > 0) {
      process.pace(COLD, readBytes);
    }
  }

  private Read cold(Pushrod server, Readers process, Load load)
      throws IOException, InterruptedException {
    Path data = server.data();
    PageCache.evict(data);
    long left = PageCache.bytes(data);
    long files = PageCache.fileBytes(data);
    Memory.resetPeak(server.pid());
    long rss = Memory.of(server.pid()).rssBytes();
    long disk = DiskUse.of(server.pids()).readBytes();
    long begin = System.nanoTime();
    enter(server, process);
    Window beside = Window.measure(server, process, live * load.events(), load);
    long inWindow = seen(process).deliveries();
    process.resume(COLD);
    Seen all = awaitAll(process);
    long nanos = System.nanoTime() - begin;
    check(all);
    Read read =
        new Read(
            beside,
            inWindow,
            nanos,
            DiskUse.of(server.pids()).readBytes() - disk,
            files,
            left,
            rss,
            Memory.peakBytes(server.pid()));
    process.close(COLD);
    return read;
  }

  /// Those that read slowly are counted as those that can be stalled.
  private Seen seen(Readers process) throws IOException, InterruptedException {
    return readBytes > 0 ? process.stalled(COLD) : process.healthy(COLD);
  }

  private Seen awaitAll(Readers process) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patience);
    Seen seen = seen(process);
    while (seen.deliveries() < coldEvents() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      seen = seen(process);
    }
    return seen;
  }

  private long coldEvents() {
    return (long) clients * eventsPerTopic();
  }

  /// Every client got its topic from the first event to the last, once and in order.
  private void check(Seen seen) {
    if (seen.deliveries() != coldEvents()
        || seen.gaps() + seen.folded() > 0
        || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "%s: run is invalid: %,d deliveries (expected: %,d), %d gaps, %d folded %s"
              .formatted(
                  COLD, seen.deliveries(), coldEvents(), seen.gaps(), seen.folded(), seen.flaws()));
    }
  }

  private Report report() {
    Report report =
        Bench.report(
            "cold-reads-" + transport,
            "%d clients read %,d MiB over %s from the start%s, %s of a topic in memory, beside %,d live readers: %d events/s of %,d B, %d blocks of %d s"
                .formatted(
                    clients,
                    coldMib,
                    transport,
                    readBytes > 0 ? ", %,d B/s each".formatted(readBytes) : "",
                    resident,
                    live,
                    rate,
                    bytes,
                    blocks,
                    seconds));
    latency.addTo(report);
    report
        .row(
            "cold events per second, in the window",
            "",
            of(r -> r.coldEvents * 1e9 / r.beside.elapsedNanos()))
        .row("read from the disk until all had everything", "MiB", of(r -> r.diskBytes / MIB))
        .row("files", "MiB", of(r -> r.fileBytes / MIB))
        .row("of them still in the page cache before", "MiB", of(r -> r.leftBytes / MIB))
        .row("until all had everything", "s", of(r -> r.coldNanos / 1e9))
        .row("server CPU without", "cores", quiets.stream().map(Window::targetShare).toList())
        .row("server CPU with", "cores", of(r -> r.beside.targetShare()))
        .row("resident before", "MiB", of(r -> r.rssBefore / MIB))
        .row("resident high-water", "MiB", of(r -> r.rssPeak / MIB))
        .row("generator with", "cores", of(r -> r.beside.generatorShare()))
        .row("foreign CPU", "cores", of(r -> r.beside.foreignShare()));
    for (int i = 0; i < blocks; i++) {
      Charts.warn(report, i + 1, reads.get(i).beside);
      if (reads.get(i).coldEvents >= coldEvents()) {
        report.warn(
            "block %d: all was read before the window of %d s ended (expected: more --cold)"
                .formatted(i + 1, seconds));
      }
    }
    return report
        .verified(
            "every live delivery in sequence and byte by byte; every cold topic from its first event"
                + " to its last, without a gap")
        .fact(
            "evicted",
            "synced and forgotten by the kernel (posix_fadvise) before the clients come; what the server"
                + " holds itself it keeps");
  }

  private List<Double> of(ToDoubleFunction<Read> figure) {
    return reads.stream().map(read -> figure.applyAsDouble(read)).toList();
  }
}
