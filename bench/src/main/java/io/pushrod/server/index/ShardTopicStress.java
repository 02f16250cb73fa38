package io.pushrod.server.index;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Description;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJI_Result;

/// A log's owner, which announces, against the shard that heeds.
public final class ShardTopicStress {
  private static final TopicKey KEY = new TopicKey("t", "a");

  private ShardTopicStress() {}

  /// Written by the owner alone.
  private static final class Counting implements ShardTopic.Announcements {
    int count;

    @Override
    public void announce(ShardTopic topic) {
      count++;
    }

    @Override
    public void signal(ShardTopic topic, EventType type, ByteBuf json) {}

    @Override
    public void replace(ShardTopic topic, TopicLog by) {}
  }

  @JCStressTest
  @Description(
      "What is appended while an announcement is heeded is seen by it or announced anew; and the "
          + "time that is heeded is that of the announcement.")
  @Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "not seen, announced anew")
  @Outcome(
      id = "1, 1, 0",
      expect = ACCEPTABLE,
      desc = "seen, and the first announcement was for it")
  @Outcome(id = "1, 1, 1", expect = ACCEPTABLE, desc = "seen, and announced anew for nothing")
  @Outcome(expect = FORBIDDEN, desc = "a lost wake-up, or the time of another burst")
  @State
  public static class AnnounceAndHeed {
    private final Counting announcements = new Counting();
    private final ShardTopic topic = new ShardTopic(KEY, announcements);

    /// Stands for the log's last sequence, which is as volatile.
    private volatile long lastSequence;

    /// A burst was announced before.
    public AnnounceAndHeed() {
      topic.onAppended(1);
      announcements.count = 0;
    }

    @Actor
    public void owner() {
      lastSequence = 1;
      topic.onAppended(2);
    }

    @Actor
    public void shard(JJI_Result r) {
      r.r1 = topic.heed();
      r.r2 = lastSequence;
    }

    @Arbiter
    public void end(JJI_Result r) {
      r.r3 = announcements.count;
    }
  }
}
