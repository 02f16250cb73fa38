package io.pushrod.server.quota;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.stream.IntStream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Connections of one tenant that publish at the same time.
public final class PublishRatesStress {
  private static final int PER_SECOND = 1;
  private static final int BURST = 1;

  private PublishRatesStress() {}

  @JCStressTest
  @Description("A bucket with room for one batch lets one pass, also when nobody has asked before.")
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "the first passed")
  @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the second passed")
  @Outcome(expect = FORBIDDEN, desc = "both passed or none did")
  @State
  public static class TakeTwice {
    private final PublishRates rates = new PublishRates(PER_SECOND, BURST);

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = rates.take("t", 1, 0) == 0;
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = rates.take("t", 1, 0) == 0;
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = rates.size();
    }
  }

  @JCStressTest
  @Description("What was taken from a bucket while the table is swept is not forgotten.")
  @Outcome(id = "true, false", expect = ACCEPTABLE, desc = "taken once, before or after the sweep")
  @Outcome(expect = FORBIDDEN, desc = "taken from a bucket that the table has forgotten")
  @State
  public static class TakeWhileSwept {
    /// As many tenants as the table may have before it is swept.
    private static final String[] TENANTS =
        IntStream.range(0, 1024).mapToObj(Integer::toString).toArray(String[]::new);

    private static final long LATER_NANOS = 10_000_000_000L;
    private final PublishRates rates = new PublishRates(PER_SECOND, BURST);

    /// All were quiet for so long that their buckets are full.
    public TakeWhileSwept() {
      for (String tenant : TENANTS) {
        rates.take(tenant, 1, 0);
      }
    }

    @Actor
    public void sweeping() {
      rates.take("one more", 1, LATER_NANOS);
    }

    @Actor
    public void taking(ZZ_Result r) {
      r.r1 = rates.take(TENANTS[0], 1, LATER_NANOS) == 0;
    }

    @Arbiter
    public void end(ZZ_Result r) {
      r.r2 = rates.take(TENANTS[0], 1, LATER_NANOS) == 0;
    }
  }
}
