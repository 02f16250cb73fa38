package io.pushrod.server.log;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.bench.jcstress.HeapAllocator;
import io.pushrod.codec.EventClass;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryBudget;
import java.util.Set;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JIJ_Result;
import org.openjdk.jcstress.infra.results.JI_Result;
import org.openjdk.jcstress.infra.results.JZ_Result;

/// A log's owner against a reader on another shard.
public final class TopicLogStress {
  private static final TopicKey KEY = new TopicKey("t", "a");

  /// So large that each event has a segment of its own: what trims one frees memory.
  private static final ByteBuf PAYLOAD = Unpooled.wrappedBuffer(payload(2048));

  private static final Publication EVENT = publication(EventClass.PLAIN);
  private static final Publication LIFECYCLE_EVENT = publication(EventClass.LIFECYCLE);

  private TopicLogStress() {}

  private static byte[] payload(int length) {
    byte[] payload = new byte[length];
    payload[0] = '"';
    payload[length - 1] = '"';
    return payload;
  }

  private static Publication publication(EventClass eventClass) {
    EventType type = new EventType("step", eventClass);
    return new Publication(
        new TopicKey[] {KEY}, type, Publication.NO_IDS, 1, 0, PAYLOAD, 0, PAYLOAD.capacity());
  }

  private static TopicLog log(MemoryBudget memory) {
    LogContext.LogEvents unheard =
        new LogContext.LogEvents() {
          @Override
          public void onDuplicate() {}

          @Override
          public void onTrimmed(long events) {}
        };
    return new TopicLog(
        KEY,
        1,
        new LogContext(
            HeapAllocator.INSTANCE,
            new Retention(1 << 20, 1, 1_000, 1 << 16),
            "e",
            1,
            unheard,
            memory,
            new MemoryAccount(),
            0,
            _ -> true));
  }

  /// 1 when the segment holds the event of this sequence to its last byte.
  private static int whole(Segment segment, long sequence) {
    int index = (int) (sequence - segment.firstSequence());
    if (index < 0 || index >= segment.count()) {
      return -1;
    }
    return segment.bytes().getByte(segment.start(index)) == (byte) 0x81
            && segment.bytes().getByte(segment.endOf(index) - 1) == '}'
        ? 1
        : -2;
  }

  @JCStressTest
  @Description(
      "Whoever sees the last sequence finds that event whole, or it was trimmed; what is trimmed "
          + "under a reader stays readable, and all memory goes back in the end.")
  @Outcome(id = "1, 1, 0", expect = ACCEPTABLE, desc = "read before it was trimmed")
  @Outcome(id = "1, 0, 0", expect = ACCEPTABLE, desc = "trimmed before it was read")
  @Outcome(id = "2, 1, 0", expect = ACCEPTABLE, desc = "the new event")
  @Outcome(expect = FORBIDDEN, desc = "half an event, the newest not there, or memory not back")
  @State
  public static class AppendTrimAcquire {
    private final MemoryBudget memory = MemoryBudget.unbounded();
    private final TopicLog log = log(memory);

    /// One event is there; the next will trim it.
    public AppendTrimAcquire() {
      log.append(EVENT, null, 1);
    }

    @Actor
    public void owner() {
      log.append(EVENT, null, 1);
    }

    @Actor
    public void reader(JIJ_Result r) {
      r.r1 = log.lastSequence();
      Segment segment = log.acquire(r.r1);
      if (segment != null) {
        r.r2 = whole(segment, r.r1);
        segment.release();
      }
    }

    @Arbiter
    public void end(JIJ_Result r) {
      log.close();
      r.r3 = memory.used();
    }
  }

  @JCStressTest
  @Description("A lifecycle event is in the log until it is on the shelf.")
  @Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "still in the log")
  @Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "trimmed, and on the shelf")
  @Outcome(expect = FORBIDDEN, desc = "trimmed, and nowhere")
  @State
  public static class ShelveBeforeTrim {
    private final TopicLog log = log(MemoryBudget.unbounded());

    /// The event is there; the next will trim it.
    public ShelveBeforeTrim() {
      log.append(LIFECYCLE_EVENT, null, 1);
    }

    @Actor
    public void owner() {
      log.append(LIFECYCLE_EVENT, null, 1);
    }

    @Actor
    public void reader(JI_Result r) {
      r.r1 = log.firstSequence();
      r.r2 = r.r1 == 1 ? 0 : log.shelved(0, r.r1).size();
    }

    @Arbiter
    public void end() {
      log.close();
    }
  }

  @JCStressTest
  @Description(
      "Whoever sees an event that was published behind a declaration sees the declaration.")
  @Outcome(id = "0, false", expect = ACCEPTABLE, desc = "before both")
  @Outcome(id = "0, true", expect = ACCEPTABLE, desc = "between them")
  @Outcome(id = "1, true", expect = ACCEPTABLE, desc = "after both")
  @Outcome(expect = FORBIDDEN, desc = "an event for others, held against the old readers")
  @State
  public static class DeclareThenAppend {
    private static final Readers ANN = new Readers(true, Set.of("ann"), Set.of());
    private static final Readers BOB = new Readers(true, Set.of("bob"), Set.of());
    private final TopicLog log = log(MemoryBudget.unbounded());

    public DeclareThenAppend() {
      log.declare(ANN, null, 0);
    }

    @Actor
    public void owner() {
      log.declare(BOB, null, 0);
      log.append(EVENT, null, 1);
    }

    @Actor
    public void reader(JZ_Result r) {
      r.r1 = log.lastSequence();
      r.r2 = BOB.equals(log.readers());
    }

    @Arbiter
    public void end() {
      log.close();
    }
  }
}
