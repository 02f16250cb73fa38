package io.pushrod.server.transport.ingest;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// Two connections of one producer: the one that was replaced, and the one that replaced it.
public final class ProducersStress {
  private ProducersStress() {}

  @JCStressTest
  @Description("What was handed over to the owners never goes back, whoever says it.")
  @Outcome(id = "3, 5", expect = ACCEPTABLE, desc = "in order")
  @Outcome(id = "5, 5", expect = ACCEPTABLE, desc = "the greater was there first")
  @Outcome(expect = FORBIDDEN, desc = "a sequence that was handed over is forgotten")
  @State
  public static class HandedOver {
    private final Producers.State state = new Producers.State(1, false);

    @Actor
    public void replaced(JJ_Result r) {
      state.handedOver(3);
      r.r1 = state.lastSequence();
    }

    @Actor
    public void replacement() {
      state.handedOver(5);
    }

    @Arbiter
    public void end(JJ_Result r) {
      r.r2 = state.lastSequence();
    }
  }
}
