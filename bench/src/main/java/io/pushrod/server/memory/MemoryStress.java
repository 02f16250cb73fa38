package io.pushrod.server.memory;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;
import org.openjdk.jcstress.infra.results.ZJ_Result;
import org.openjdk.jcstress.infra.results.ZZJ_Result;
import org.openjdk.jcstress.infra.results.Z_Result;

/// Shards that hold memory, against each other and against whoever sums it.
public final class MemoryStress {
  private MemoryStress() {}

  @JCStressTest
  @Description("Reservations of two shards never pass the budget, and one of them gets the room.")
  @Outcome(id = "true, false, 60", expect = ACCEPTABLE, desc = "the first shard has it")
  @Outcome(id = "false, true, 60", expect = ACCEPTABLE, desc = "the second shard has it")
  @Outcome(expect = FORBIDDEN, desc = "above the budget, or nobody has it")
  @State
  public static class ReserveTwice {
    private final MemoryBudget budget = new MemoryBudget(100);

    @Actor
    public void first(ZZJ_Result r) {
      r.r1 = budget.reserve(60, false);
    }

    @Actor
    public void second(ZZJ_Result r) {
      r.r2 = budget.reserve(60, false);
    }

    @Arbiter
    public void end(ZZJ_Result r) {
      r.r3 = budget.bytes(MemoryPart.LOGS);
    }
  }

  @JCStressTest
  @Description("A release is not lost to a reservation at the same time.")
  @Outcome(id = "true, 60", expect = ACCEPTABLE, desc = "released before")
  @Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "released after")
  @Outcome(expect = FORBIDDEN, desc = "bytes that nobody holds, or held bytes that nobody counts")
  @State
  public static class ReserveAndRelease {
    private final MemoryBudget budget = new MemoryBudget(100);

    public ReserveAndRelease() {
      budget.reserve(60, false);
    }

    @Actor
    public void trimming() {
      budget.release(60);
    }

    @Actor
    public void appending(ZJ_Result r) {
      r.r1 = budget.reserve(60, false);
    }

    @Arbiter
    public void end(ZJ_Result r) {
      r.r2 = budget.bytes(MemoryPart.LOGS);
    }
  }

  @JCStressTest
  @Description("A refused reservation raises the pressure at one of the next two looks.")
  @Outcome(id = "true", expect = ACCEPTABLE, desc = "somebody heard of it")
  @Outcome(
      id = "false",
      expect = ACCEPTABLE_INTERESTING,
      desc = "forgotten by a look that began before it; the next refusal raises the pressure")
  @State
  public static class RefuseAndRefresh {
    private final MemoryBudget budget = new MemoryBudget(100);
    private boolean heard;

    @Actor
    public void appending() {
      budget.reserve(200, false);
    }

    @Actor
    public void summing() {
      heard = budget.refresh() == Pressure.FULL;
    }

    @Arbiter
    public void end(Z_Result r) {
      r.r1 = heard || budget.refresh() == Pressure.FULL;
    }
  }

  @JCStressTest
  @Description("A shard's number is seen whole, and never goes back to what it was before.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE)
  @Outcome(id = "0, 4294967297", expect = ACCEPTABLE)
  @Outcome(id = "4294967297, 4294967297", expect = ACCEPTABLE)
  @Outcome(expect = FORBIDDEN, desc = "half a number, or one that went back")
  @State
  public static class Account {
    private static final long BOTH_HALVES = (1L << 32) + 1;
    private final MemoryAccount account = new MemoryAccount();

    @Actor
    public void shard() {
      account.add(MemoryPart.OUTBOXES, BOTH_HALVES);
    }

    @Actor
    public void reader(JJ_Result r) {
      r.r1 = account.bytes(MemoryPart.OUTBOXES);
      r.r2 = account.bytes(MemoryPart.OUTBOXES);
    }
  }
}
