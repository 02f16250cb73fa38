package io.pushrod.server.hub;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.Unpooled;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/// The owners of a batch's topics against each other.
public final class BatchStress {
  private static final List<Publication> ONE =
      List.of(
          new Publication(
              new TopicKey[] {new TopicKey("t", "a"), new TopicKey("t", "b")},
              Samples.type(),
              Publication.NO_IDS,
              0,
              0,
              Unpooled.EMPTY_BUFFER,
              0,
              0));

  private BatchStress() {}

  @JCStressTest
  @Description("One owner is the last, and it sees what the others noted.")
  @Outcome(id = "33, 0", expect = ACCEPTABLE, desc = "the first actor was the last owner")
  @Outcome(id = "0, 33", expect = ACCEPTABLE, desc = "the second was")
  @Outcome(expect = FORBIDDEN, desc = "none was, both were, or an outcome is missing")
  @State
  public static class Countdown {
    private final Batch batch = new Batch(ONE, Unpooled.EMPTY_BUFFER, _ -> {});

    public Countdown() {
      batch.expect(2);
    }

    private long settle(int topic, long outcome) {
      batch.settle(0, topic, outcome, outcome * 10);
      return batch.ownerDone()
          ? batch.outcome(0, 0) + batch.outcome(0, 1) + batch.epoch(0, 0) + batch.epoch(0, 1)
          : 0;
    }

    @Actor
    public void first(JJ_Result r) {
      r.r1 = settle(0, 1);
    }

    @Actor
    public void second(JJ_Result r) {
      r.r2 = settle(1, 2);
    }
  }
}
