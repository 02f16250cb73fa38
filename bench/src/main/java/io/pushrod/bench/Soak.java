package io.pushrod.bench;

import io.pushrod.bench.MemoryWatch.Sample;
import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Sampler;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Mixed load for a long time: is every event delivered, and does memory stay where it is?
@Command(
    name = "soak",
    description = {
      "Readers over WebSocket and SSE, some that stall again and again, some that come and go:",
      "nothing may be lost, and memory must not grow."
    },
    mixinStandardHelpOptions = true)
final class Soak implements Callable<Integer> {
  private static final String WS = "ws";
  private static final String SSE = "sse";
  private static final String GUESTS = "guests";
  private static final String SETTLING = "settling";
  private static final String SOAKING = "soaking";
  private static final int MOST_MINUTES = 600;
  private static final int LEAST_SLICE_SECONDS = 4;
  private static final int SPARE_SECONDS = 600;
  private static final int PATIENCE_SECONDS = 30;
  private static final int HOLD_MILLIS = 500;
  private static final int SAMPLE_MILLIS = 1_000;
  private static final double MIB = Charts.MIB;

  @Option(names = "--minutes", description = "of measured load (${DEFAULT-VALUE})")
  private double minutes = 10;

  @Option(
      names = "--settle",
      description = "seconds of the same load before, which do not count (${DEFAULT-VALUE})")
  private int settleSeconds = 60;

  @Option(names = "--readers", description = "of each transport (${DEFAULT-VALUE})")
  private int readers = 250;

  @Option(
      names = "--share",
      description =
          "percent of those on WebSocket that stall in every second slice (${DEFAULT-VALUE})")
  private int share = 10;

  @Option(names = "--connects", description = "that come and go per second (${DEFAULT-VALUE})")
  private int connects = 20;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  private int bytes = 500;

  @Option(names = "--rate", description = "events per second (${DEFAULT-VALUE})")
  private int rate = 50;

  @Option(
      names = "--slice",
      description = "seconds after which all deliveries are checked (${DEFAULT-VALUE})")
  private int sliceSeconds = 10;

  @Mixin private ServerOptions options = new ServerOptions();

  /// One slice of the time.
  private record Slice(double second, Histogram ws, Histogram sse, Histogram handshakes) {}

  private final List<Slice> slices = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("soak");
    if (minutes <= 0 || minutes > MOST_MINUTES) {
      throw new BenchException(
          "--minutes: %s (expected: above 0, up to %d)".formatted(minutes, MOST_MINUTES));
    }
    if (sliceSeconds < LEAST_SLICE_SECONDS || connects < 1) {
      throw new BenchException(
          "--slice, --connects: %d, %d (expected: %d or more, 1 or more)"
              .formatted(sliceSeconds, connects, LEAST_SLICE_SECONDS));
    }
    Report report =
        Bench.report(
                "soak",
                "%s minutes: %,d readers over each of ws and sse, %d %% of the first stall at times, %d others a second come and go, %d events/s of %,d B"
                    .formatted(minutes, readers, share, connects, rate, bytes))
            .method(
                "One server, one run. Every delivery of each slice is checked at its end, and the"
                    + " first fault ends the run. Memory is looked at every second, and its growth is"
                    + " the least-squares line through these looks.");
    try {
      soak(report);
    } catch (BenchException e) {
      report.invalid(String.valueOf(e.getMessage()));
    }
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private void soak(Report report) throws IOException, InterruptedException {
    int settling = Math.ceilDiv(settleSeconds, sliceSeconds);
    int soaking = Math.max(1, (int) Math.round(60 * minutes / sliceSeconds));
    int maxSeconds = (settling + soaking) * sliceSeconds * 2 + SPARE_SECONDS;
    try (Progress progress = Progress.start("soak", settling + soaking);
        Pushrod server =
            options.open(Topics.one("bench/t"), bytes, 2 * readers + connects, maxSeconds);
        Readers process = Readers.start(Bench.logs(), maxSeconds)) {
      Lag.fill(server, bytes);
      process.open(WS, server.door(Transport.WS), readers, stalling());
      process.open(SSE, server.door(Transport.SSE), readers, 0);
      for (int slice = 0; slice < settling; slice++) {
        progress.step(SETTLING);
        slice(server, process, slice);
      }
      slices.clear();
      long liveBefore = live(server);
      try (MemoryWatch watch = MemoryWatch.start(server, SOAKING);
          Sampler sampler = Sampler.start(server, process, SAMPLE_MILLIS)) {
        for (int slice = 0; slice < soaking; slice++) {
          progress.step(SOAKING);
          slice(server, process, slice);
        }
        Seen stalled = process.stalled(WS);
        figures(report, watch, sampler, stalled);
      }
      report
          .row("live heap at the start", "MiB", List.of(liveBefore / MIB))
          .row("live heap at the end", "MiB", List.of(live(server) / MIB));
    }
  }

  private int stalling() {
    return readers * share / 100;
  }

  private static long live(Pushrod server) throws IOException, InterruptedException {
    return Memory.liveBytes(server.pid(), Bench.logs()).getOrDefault("", 0L);
  }

  /// @throws BenchException when anybody missed, repeated or altered anything
  private void slice(Pushrod server, Readers process, int number)
      throws IOException, InterruptedException {
    Load load = Load.one((long) rate * sliceSeconds, rate);
    process.clear(WS);
    process.clear(SSE);
    if (number % 2 == 0) {
      process.stall(WS);
    } else {
      process.resume(WS);
    }
    Transport of = number % 4 < 2 ? Transport.WS : Transport.SSE;
    String guests = GUESTS + '-' + of.label();
    long count = (long) connects * sliceSeconds;
    process.churn(guests, server.door(of), connects, count, HOLD_MILLIS);
    server.drive(load);
    Seen ws = deliveries(process, WS, (readers - stalling()) * load.rounds());
    Seen sse = deliveries(process, SSE, readers * load.rounds());
    Readers.Churned churned = process.churned(guests, PATIENCE_SECONDS);
    if (churned.cycles() != count) {
      throw new BenchException(
          "guests: %,d came and went (expected: %,d)".formatted(churned.cycles(), count));
    }
    check(guests, process.healthy(guests));
    check("stalled", process.stalled(WS));
    slices.add(
        new Slice(
            (slices.size() + 1.0) * sliceSeconds,
            ws.latencyNanos(),
            sse.latencyNanos(),
            churned.handshakeNanos()));
  }

  private static Seen deliveries(Readers process, String group, long wanted)
      throws IOException, InterruptedException {
    process.await(group, wanted, PATIENCE_SECONDS);
    Seen seen = process.healthy(group);
    check(group, seen);
    if (seen.deliveries() != wanted || seen.gaps() > 0) {
      throw new BenchException(
          "%s: %,d deliveries (expected: %,d), %d gaps"
              .formatted(group, seen.deliveries(), wanted, seen.gaps()));
    }
    return seen;
  }

  private static void check(String group, Seen seen) {
    if (!seen.flaws().isEmpty()) {
      throw new BenchException(group + ": " + seen.flaws());
    }
  }

  private void figures(Report report, MemoryWatch watch, Sampler sampler, Seen stalled) {
    report
        .row("resident", "MiB", values(watch, s -> s.memory().rssBytes() / MIB))
        .row("resident grows by", "MiB/h", grows(watch, s -> s.memory().rssBytes() / MIB))
        .row("heap in use, garbage included", "MiB", values(watch, s -> s.heapBytes() / MIB))
        .row("direct buffers", "MiB", values(watch, s -> s.directBytes() / MIB))
        .row("direct buffers grow by", "MiB/h", grows(watch, s -> s.directBytes() / MIB))
        .row("p99 over ws, by slice", "ms", p99(Slice::ws))
        .row("p99 over sse, by slice", "ms", p99(Slice::sse))
        .row("until subscribed, p99, by slice", "ms", p99(Slice::handshakes))
        .row(
            "server CPU",
            "cores",
            sampler.samples().stream().map(Sampler.Sample::targetCores).toList())
        .fact(
            "readers that stalled",
            "%,d deliveries, %d gaps over %d events, %d folded"
                .formatted(
                    stalled.deliveries(), stalled.gaps(), stalled.gapEvents(), stalled.folded()))
        .verified(
            "every delivery, in sequence and byte by byte; those who stalled got what they lacked,"
                + " and everybody who came was subscribed")
        .chart(watch.chart("Memory"))
        .chart(Charts.cpu("CPU", sampler.samples()))
        .chart(
            Chart.series(
                "p99 by slice", "s", "ms", List.of(line(WS, Slice::ws), line(SSE, Slice::sse))))
        .chart(
            Chart.percentiles(
                "Latency",
                List.of(
                    new Curve(WS, sum(Slice::ws)),
                    new Curve(SSE, sum(Slice::sse)),
                    new Curve("until subscribed", sum(Slice::handshakes)))));
  }

  /// Takes one of a slice's histograms.
  private interface Part {
    Histogram of(Slice slice);
  }

  private List<Double> p99(Part part) {
    return slices.stream().map(slice -> part.of(slice).getValueAtPercentile(99) / 1e6).toList();
  }

  private Line line(String name, Part part) {
    return Charts.line(
        name, slices, Slice::second, slice -> part.of(slice).getValueAtPercentile(99) / 1e6);
  }

  private Histogram sum(Part part) {
    Histogram all = new Histogram(3);
    slices.forEach(slice -> all.add(part.of(slice)));
    return all;
  }

  private static List<Double> values(MemoryWatch watch, ToDoubleFunction<Sample> figure) {
    return watch.samples().stream().map(sample -> figure.applyAsDouble(sample)).toList();
  }

  private static List<Double> grows(MemoryWatch watch, ToDoubleFunction<Sample> figure) {
    return List.of(watch.trend(SOAKING, figure).perHour());
  }
}
