package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.storage.ClusterTopics.Feed;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FollowedTest {
  private static final TopicKey TOPIC = new TopicKey("acme", "thread/1");
  private static final String KEY = "pushrod:{acme:thread/1}:";

  private final AtomicLong nanos = new AtomicLong();
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private RedisServer redis;
  private RedisLink link;
  private EventExecutor executor;
  private TopicLoop loop;

  @BeforeEach
  void start() {
    redis = RedisServer.start("");
    link = RedisLink.open(RedisSettings.of(redis.url()));
    executor = new DefaultEventExecutor();
    Backplane plane =
        new Backplane(
            link, RedisSettings.of(redis.url()), _ -> false, new Health(), new AtomicLong());
    loop = new TopicLoop(plane, executor, new MetricsRegistry("0").shard(), nanos::get);
  }

  @AfterEach
  void end() {
    loop.end();
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    link.close();
    redis.close();
  }

  private final class Hearing implements Feed {
    @Override
    public void onOpened(StoredTopic topic) {
      heard.add("opened at " + topic.last());
    }

    @Override
    public void onRecords(RecordPage page) {
      heard.add("records from " + page.first());
    }

    @Override
    public void onDeclared(Readers readers) {
      heard.add("declared");
    }

    @Override
    public void onSealed() {
      heard.add("sealed");
    }

    @Override
    public void onSignal(ByteBuf record) {
      heard.add("signal");
    }

    @Override
    public void onLost() {
      heard.add("lost");
    }
  }

  /// Its first event comes while it is looked up again, before its notification.
  @Test
  void goesOnWithTheFirstEventOfATopicThatWasEmptyForLong() {
    executor.submit(() -> loop.follow(TOPIC, 1024, new Hearing())).syncUninterruptibly();
    Await.until("opened", () -> !heard.isEmpty());
    redis.call("XADD", KEY + "s", "1-0", "r", "12345678Brecord");
    redis.call("HSET", KEY + "m", "seq", "1", "tag", "12345678");
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(1));
    Await.until("more", () -> heard.size() > 1);
    assertThat(heard).containsExactly("opened at 0", "records from 1");
  }
}
