package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.ClusterTopics.Appending;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What one server says in one topic.
final class TopicLoopTest {
  private static final TopicKey TOPIC = new TopicKey("acme", "thread/1");
  private static final byte[] RECORD = {1, 2, 3};

  private final RedisServer redis = RedisServer.start("");
  private final StorageConfig.Redis config = RedisSettings.of(redis.url());
  private final RedisLink link = RedisLink.open(config);
  private final DefaultEventExecutor executor = new DefaultEventExecutor();
  private final ShardMetrics metrics = new ShardMetrics();
  private final Backplane plane =
      new Backplane(link, config, _ -> true, new Health(), new AtomicLong());
  private final TopicLoop loop = new TopicLoop(plane, executor, metrics, System::nanoTime);
  private final List<Long> outcomes = new CopyOnWriteArrayList<>();

  @AfterEach
  void end() {
    loop.end();
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    link.close();
    redis.close();
  }

  private TopicCalls.Say event(boolean isAbandoned) {
    return new TopicCalls.Say(
        RECORD,
        TopicCalls.Kind.OTHER,
        null,
        Long.MAX_VALUE,
        new Appending() {
          @Override
          public void onAppended(long outcome, long epoch) {
            outcomes.add(outcome);
          }

          @Override
          public boolean isAbandoned() {
            return isAbandoned;
          }
        });
  }

  private void turn(Runnable task) {
    executor.submit(task).syncUninterruptibly();
  }

  @Test
  void hasOneCallOfATopicUnderWayAtATime() {
    redis.freeze();
    turn(
        () -> {
          loop.say(TOPIC, event(true));
          loop.tick(); // nothing is left to say, and a call is due
          loop.say(TOPIC, event(false));
        });
    Await.until("a call", () -> metrics.value(Counter.REDIS_CALLS) == 1);
    turn(() -> loop.say(TOPIC, event(false)));
    turn(() -> {}); // calls begin at the end of a turn

    assertThat(metrics.value(Counter.REDIS_CALLS)).isEqualTo(1);
    redis.thaw();
    Await.until("all outcomes", () -> outcomes.size() == 3);
    assertThat(outcomes.subList(1, 3)).containsExactly(1L, 2L);
  }
}
