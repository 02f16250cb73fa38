package io.pushrod.bench;

import io.pushrod.bench.faults.Backend;
import io.pushrod.bench.faults.Suite;
import io.pushrod.bench.faults.Suite.Foreign;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.PushrodAddress;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Is anything lost while servers, workers, a Redis, disks, clocks and links fail?
@Command(
    name = "faults",
    description = {
      "Kills, freezes, fills up and cuts off what is published to and read from: nothing that was",
      "acknowledged may be lost, doubled or out of order, and no gap unannounced. See docs/faults.md."
    },
    mixinStandardHelpOptions = true)
final class Faults implements Callable<Integer> {
  private static final int SEEDS = 1_000_000;
  private static final int MOST_FAULTS = 10_000;
  private static final double SECONDS_PER_FAULT = 1.5;

  @Option(
      names = "--backend",
      description = {
        "memory, disk, redis, sentinel (a Redis with a replica under a Sentinel) or cluster (a Redis",
        "Cluster of three primaries with a replica each) (${DEFAULT-VALUE})"
      })
  private String backend = "disk";

  @Option(names = "--faults", description = "${DEFAULT-VALUE}")
  private int faults = 120;

  @Option(names = "--seed", description = "Gives the same faults again (a new one).")
  private @Nullable Long seed;

  @Option(
      names = "--duration",
      paramLabel = "SECONDS",
      description = "In which the faults begin, about (1.5 each).")
  private double seconds;

  @Option(names = "--servers", description = "On one Redis (3); the other backends have one.")
  private int servers = 3;

  @Option(names = "--readers", description = "Half of them over SSE (${DEFAULT-VALUE}).")
  private int readers = 8;

  @Option(
      names = "--rate",
      description = "Events per second of each of three publishers (${DEFAULT-VALUE}).")
  private int rate = 40;

  @Mixin private ServerOptions options = new ServerOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Backend of = backend();
    if (faults < 1 || faults > MOST_FAULTS || servers < 1 || readers < 1 || rate < 1) {
      throw new BenchException(
          "--faults, --servers, --readers, --rate: %d, %d, %d, %d (expected: 1 to %,d, 1 or more)"
              .formatted(faults, servers, readers, rate, MOST_FAULTS));
    }
    String missing = Suite.missing(of);
    if (missing != null && options.isOurs()) {
      throw new BenchException(missing);
    }
    long chosen = seed == null ? ThreadLocalRandom.current().nextInt(SEEDS) : seed;
    double over = seconds > 0 ? seconds : faults * SECONDS_PER_FAULT;
    System.err.println("seed: " + chosen);
    Suite suite =
        new Suite(
            of,
            chosen,
            faults,
            (long) (over * 1_000),
            of.isShared() && options.isOurs() ? servers : 1,
            readers,
            rate,
            options.settings());
    boolean isClean =
        suite.run(
            Bench.root(),
            Bench.target(),
            Bench.logs(),
            foreign(),
            () ->
                Bench.report(
                    "faults-" + of.label(),
                    "%d faults in about %.0f s, %s, %d readers, 3 × %d events/s, seed %d"
                        .formatted(faults, over, backend, readers, rate, chosen)));
    return isClean ? 0 : 1;
  }

  private Backend backend() {
    try {
      return Backend.valueOf(backend.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new BenchException(
          "--backend: " + backend + " (expected: one of " + Backend.labels() + ")");
    }
  }

  private @Nullable Foreign foreign() {
    PushrodAddress address = options.address();
    return address == null ? null : new Foreign(address, options.tokens(1).publisher());
  }
}
