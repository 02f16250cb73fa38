package io.pushrod.server.hub;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.Unpooled;
import io.pushrod.bench.jcstress.HeapAllocator;
import io.pushrod.bench.jmh.HeldLoop;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.SinkConnection;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.index.SubscriptionIndex;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;
import org.openjdk.jcstress.infra.results.JI_Result;

/// The ways into a shard, taken by another thread while the shard has a turn.
public final class ShardStress {
  private ShardStress() {}

  private static Shard shard(int index, Hub hub, HeldLoop loop) {
    HubSettings settings = Samples.hubSettings(SinkConnection.WRITER);
    Clock clock =
        new Clock() {
          @Override
          public long nanos() {
            return 1;
          }

          @Override
          public long millis() {
            return 1;
          }
        };
    return new Shard(index, loop, hub, settings, clock, new ShardMetrics(), HeapAllocator.INSTANCE);
  }

  private static Publication publication(TopicKey key) {
    byte[] payload = {'1'};
    return new Publication(
        new TopicKey[] {key},
        Samples.type(),
        Publication.NO_IDS,
        0,
        0,
        Unpooled.wrappedBuffer(payload),
        0,
        1);
  }

  /// What came back to the origin.
  private static final class Answer implements Batch.Completion {
    long sequence;
    int count;

    @Override
    public void onCompleted(Batch batch) {
      count++;
      sequence = batch.outcome(0, 0);
    }
  }

  @JCStressTest
  @Description("A topic that is announced during a turn is heeded by that turn or by another one.")
  @Outcome(id = "1", expect = ACCEPTABLE, desc = "heeded: the next announcement wakes again")
  @Outcome(expect = FORBIDDEN, desc = "a lost wake-up: the topic waits for ever")
  @State
  public static class AnnounceDuringTurn {
    private final HeldLoop loop = new HeldLoop();
    private final Hub hub = new Hub();
    private final Shard shard = shard(0, hub, loop);
    private final ShardTopic topic = new SubscriptionIndex(shard).findOrAdd(new TopicKey("t", "a"));

    /// A turn is due.
    public AnnounceDuringTurn() {
      hub.start(List.of(shard));
      shard.wake();
    }

    @Actor
    public void owner() {
      topic.onAppended(1);
    }

    @Actor
    public void turn() {
      loop.runOne();
    }

    @Arbiter
    public void end(I_Result r) {
      loop.runAll();
      topic.onAppended(2);
      r.r1 = loop.runAll();
    }
  }

  @JCStressTest
  @Description(
      "A batch put into a shard's inbox during its turn is appended, and comes back to its origin.")
  @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "appended and completed once")
  @Outcome(expect = FORBIDDEN, desc = "it waits for ever, or came back twice")
  @State
  public static class PublishDuringTurn {
    private final HeldLoop originLoop = new HeldLoop();
    private final HeldLoop ownerLoop = new HeldLoop();
    private final Hub hub = new Hub();
    private final Shard origin = shard(0, hub, originLoop);
    private final Shard owner = shard(1, hub, ownerLoop);
    private final Answer answer = new Answer();
    private final Batch batch;

    /// The owner has a turn to run already.
    public PublishDuringTurn() {
      hub.start(List.of(origin, owner));
      TopicKey key = new TopicKey("t", "0");
      for (int i = 1; hub.owner(key) != owner; i++) {
        key = new TopicKey("t", Integer.toString(i));
      }
      batch = new Batch(List.of(publication(key)), Unpooled.EMPTY_BUFFER, answer);
      owner.wake();
    }

    @Actor
    public void origin() {
      origin.publish(batch);
      originLoop.runAll();
    }

    @Actor
    public void owner() {
      ownerLoop.runOne();
    }

    @Arbiter
    public void end(JI_Result r) {
      ownerLoop.runAll();
      originLoop.runAll();
      r.r1 = answer.sequence;
      r.r2 = answer.count;
      origin.close();
      owner.close();
    }
  }
}
