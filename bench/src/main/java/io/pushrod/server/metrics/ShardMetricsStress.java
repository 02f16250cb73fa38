package io.pushrod.server.metrics;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// A shard that counts, against a scrape.
public final class ShardMetricsStress {
  private ShardMetricsStress() {}

  @JCStressTest
  @Description("A counter is seen whole, and never goes back.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE)
  @Outcome(id = "0, 4294967296", expect = ACCEPTABLE)
  @Outcome(id = "0, 4294967297", expect = ACCEPTABLE)
  @Outcome(id = "4294967296, 4294967296", expect = ACCEPTABLE)
  @Outcome(id = "4294967296, 4294967297", expect = ACCEPTABLE)
  @Outcome(id = "4294967297, 4294967297", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN, desc = "half a number, or one that went back")
  @State
  public static class Count {
    private final ShardMetrics metrics = new ShardMetrics();

    @Actor
    public void shard() {
      metrics.count(Counter.BYTES_WRITTEN, 1L << 32);
      metrics.count(Counter.BYTES_WRITTEN);
    }

    @Actor
    public void scrape(JJ_Result r) {
      r.r1 = metrics.value(Counter.BYTES_WRITTEN);
      r.r2 = metrics.value(Counter.BYTES_WRITTEN);
    }
  }
}
