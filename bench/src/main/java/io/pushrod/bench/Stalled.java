package io.pushrod.bench;

import io.pushrod.bench.run.Readers;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/// Some readers stop reading: does the server's memory stay at its bound, and do the others notice?
@Command(
    name = "stalled",
    description = "A share of the readers stops reading: memory over time, latency of the others.",
    mixinStandardHelpOptions = true)
final class Stalled implements Callable<Integer> {
  @Mixin private LagOptions lag = new LagOptions();
  @Mixin private ServerOptions options = new ServerOptions();

  @Override
  public Integer call() throws IOException, InterruptedException {
    return new Lag("stalled", "stalled", lag, options, Readers::stall)
        .run(
            "%d %% of %,d readers over %s stall for %d s: %d events/s of %,d B, policy %s, %d blocks"
                .formatted(
                    lag.share,
                    lag.readers,
                    lag.transport,
                    lag.seconds,
                    lag.rate,
                    lag.bytes,
                    lag.policy,
                    lag.blocks));
  }
}
