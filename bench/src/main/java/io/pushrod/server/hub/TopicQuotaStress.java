package io.pushrod.server.hub;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// Shards that count topics of one tenant.
public final class TopicQuotaStress {
  private TopicQuotaStress() {}

  @JCStressTest
  @Description("The last topic of a tenant is given to one shard.")
  @Outcome(id = "true, false, 1", expect = ACCEPTABLE, desc = "the first shard's")
  @Outcome(id = "false, true, 1", expect = ACCEPTABLE, desc = "the second shard's")
  @Outcome(expect = FORBIDDEN, desc = "given twice or to none")
  @State
  public static class TakeTwice {
    private final TopicQuota quota = new TopicQuota(1);

    @Actor
    public void first(ZZI_Result r) {
      r.r1 = quota.take("t");
    }

    @Actor
    public void second(ZZI_Result r) {
      r.r2 = quota.take("t");
    }

    @Arbiter
    public void end(ZZI_Result r) {
      r.r3 = quota.count("t");
    }
  }

  @JCStressTest
  @Description("What is given back while another takes is neither lost nor counted twice.")
  @Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "given back before")
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "given back after")
  @Outcome(expect = FORBIDDEN, desc = "a topic is lost or counted for nobody")
  @State
  public static class TakeAndGiveBack {
    private final TopicQuota quota = new TopicQuota(1);

    public TakeAndGiveBack() {
      quota.take("t");
    }

    @Actor
    public void leaving() {
      quota.giveBack("t");
    }

    @Actor
    public void coming(ZI_Result r) {
      r.r1 = quota.take("t");
    }

    @Arbiter
    public void end(ZI_Result r) {
      r.r2 = quota.count("t");
    }
  }
}
