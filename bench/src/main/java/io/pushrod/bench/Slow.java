package io.pushrod.bench;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Some readers read slower than events come: does the server's memory stay at its bound, and do
/// the others notice?
@Command(
    name = "slow",
    description = {
      "A share of the readers reads at a fixed low rate: memory over time, latency of the others,",
      "and what the slow ones got."
    },
    mixinStandardHelpOptions = true)
final class Slow implements Callable<Integer> {
  private static final int MOST = 1_000_000;

  @Mixin private LagOptions lag = new LagOptions();
  @Mixin private ServerOptions options = new ServerOptions();

  @Option(
      names = "--read",
      paramLabel = "BYTES",
      description = "bytes per second that each slow reader reads (${DEFAULT-VALUE})")
  private int bytesPerSecond = 20_000;

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (bytesPerSecond < 1 || bytesPerSecond > MOST) {
      throw new BenchException("--read: %d (expected: 1 to %,d)".formatted(bytesPerSecond, MOST));
    }
    return new Lag(
            "slow", "slow", lag, options, (process, group) -> process.pace(group, bytesPerSecond))
        .run(
            "%d %% of %,d readers over %s read %,d B/s each for %d s: %d events/s of %,d B, policy %s, %d blocks"
                .formatted(
                    lag.share,
                    lag.readers,
                    lag.transport,
                    bytesPerSecond,
                    lag.seconds,
                    lag.rate,
                    lag.bytes,
                    lag.policy,
                    lag.blocks));
  }
}
