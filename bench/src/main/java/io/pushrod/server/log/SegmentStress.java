package io.pushrod.server.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.pushrod.bench.jcstress.HeapAllocator;
import io.pushrod.codec.EventClass;
import io.pushrod.server.memory.MemoryBudget;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.IJ_Result;

/// A segment's owner against one reader.
public final class SegmentStress {
  private static final int CAPACITY = 64;
  private static final int LENGTH = 8;
  private static final EventType TYPE = new EventType("token_chunk", EventClass.DELTA);

  private SegmentStress() {}

  private static Segment segment(MemoryBudget memory) {
    memory.reserve(CAPACITY, false);
    return new Segment(HeapAllocator.INSTANCE, memory, CAPACITY, 1, 0, 0);
  }

  @JCStressTest
  @Description("Whoever counts an event sees its bytes, its end and its type.")
  @Outcome(id = "0, 0, 0", expect = ACCEPTABLE, desc = "before the event")
  @Outcome(id = "1, 1, 8", expect = ACCEPTABLE, desc = "the whole event")
  @Outcome(expect = FORBIDDEN, desc = "counted, and not all there")
  @State
  public static class Publish {
    private final Segment segment = segment(MemoryBudget.unbounded());

    @Actor
    public void owner() {
      segment.bytes().setLong(segment.writeOffset(), 1);
      segment.add(LENGTH, TYPE, 0);
      segment.publish(segment.firstSequence());
    }

    @Actor
    public void reader(III_Result r) {
      r.r1 = segment.count();
      if (r.r1 > 0) {
        r.r2 = segment.type(0) == TYPE ? (int) segment.bytes().getLong(segment.start(0)) : -1;
        r.r3 = segment.endOf(0);
      }
    }
  }

  @JCStressTest
  @Description("A reference that was taken holds the memory, and the memory goes back once.")
  @Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "gone before it was taken")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "read, and freed by whoever was last")
  @Outcome(expect = FORBIDDEN, desc = "freed under the reader, never or twice")
  @State
  public static class RetainAndRelease {
    private final MemoryBudget memory = MemoryBudget.unbounded();
    private final Segment segment = segment(memory);

    @Actor
    public void owner() {
      segment.release();
    }

    @Actor
    public void reader(IJ_Result r) {
      if (segment.tryRetain()) {
        r.r1 = segment.bytes().refCnt() == 1 ? 1 : -1;
        segment.release();
      }
    }

    @Arbiter
    public void end(IJ_Result r) {
      r.r2 = memory.used() + segment.bytes().refCnt();
    }
  }
}
