package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a server knows of topics is held against what a Redis has that lost the end of them: it had
/// the sequence 5 of each, with this tag.
class RecentTest {
  private static final byte[] TAG = "12345678".getBytes(US_ASCII);
  private static final long EPOCH = 7;

  private final AtomicLong nanos = new AtomicLong();
  private final MetricsRegistry metrics = new MetricsRegistry("0");
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
    loop = new TopicLoop(plane, executor, metrics.shard(), nanos::get);
  }

  @AfterEach
  void end() {
    loop.end();
    executor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    link.close();
    redis.close();
  }

  private static TopicKey topic(int n) {
    return new TopicKey("acme", "thread/" + n);
  }

  private static String meta(int n) {
    return "pushrod:{acme:thread/" + n + "}:m";
  }

  private void store(int n, int sequence) {
    String epoch = new String(Script.hex(EPOCH), US_ASCII);
    String last = Integer.toString(sequence);
    redis.call("HSET", meta(n), "epoch", epoch, "seq", last, "tag", "12345678");
  }

  private void know(int n) {
    onLoop(() -> loop.recent().add(topic(n), EPOCH, 5, TAG));
  }

  private void onLoop(Runnable task) {
    executor.submit(task).syncUninterruptibly();
  }

  private boolean isRenewed(int n) {
    return Script.hex(redis.call("HGET", meta(n), "epoch").getFirst().getBytes(US_ASCII), 0)
        != EPOCH;
  }

  private long renewed() {
    return metrics.total(Counter.REDIS_DIVERGENCES);
  }

  @Test
  void givesTopicsThatLostTheirEndAnotherEpochAndLeavesTheOthers() {
    store(1, 5);
    store(2, 4);
    store(3, 6);
    for (int n = 1; n <= 3; n++) {
      know(n);
    }
    onLoop(loop.recent()::check);
    Await.until("another epoch", () -> isRenewed(2));
    assertThat(isRenewed(1)).isFalse();
    assertThat(isRenewed(3)).isFalse();
    assertThat(renewed()).isOne();
  }

  @Test
  void findsARecordInThePlaceOfAnother() {
    store(1, 6);
    redis.call("XADD", "pushrod:{acme:thread/1}:s", "5-0", "r", "87654321record");
    know(1);
    onLoop(loop.recent()::check);
    Await.until("another epoch", () -> isRenewed(1));
  }

  @Test
  void seesByAnAnswerThatASequenceWasGivenTwice() {
    store(1, 5);
    know(1);
    onLoop(() -> loop.recent().appended(topic(1), EPOCH, 6, 7, TAG));
    onLoop(() -> loop.recent().appended(topic(1), EPOCH, 7, 8, TAG));
    Await.until("another epoch", () -> isRenewed(1));
    assertThat(renewed()).isOne();
  }

  @Test
  void asksAgainWhereRedisDidNotAnswer() {
    store(1, 4);
    know(1);
    redis.call("ACL", "SETUSER", "default", "-evalsha");
    onLoop(loop.recent()::check);
    Await.until("refused", () -> redis.text("INFO", "errorstats").contains("NOPERM"));
    assertThat(isRenewed(1)).isFalse();
    redis.call("ACL", "SETUSER", "default", "+evalsha");
    Await.until("another epoch", () -> isRenewed(1));
  }

  @Test
  void givesAnotherEpochUntilRedisHasIt() {
    store(1, 4);
    know(1);
    redis.call("ACL", "SETUSER", "default", "-hset");
    onLoop(loop.recent()::check);
    Await.until("refused", () -> renewed() == 1);
    assertThat(isRenewed(1)).isFalse();
    redis.call("ACL", "SETUSER", "default", "+hset");
    Await.until("another epoch", () -> isRenewed(1));
    assertThat(renewed()).isOne();
  }

  @Test
  void takesNoAnswerForALossThatComesBehindItsNotification() {
    int other = 3; // on the same connection
    for (int n : List.of(1, other)) {
      store(n, 6);
      redis.call("XADD", "pushrod:{acme:thread/" + n + "}:s", "5-0", "r", "12345678record");
      know(n);
    }
    byte[] elsewhere = "87654321".getBytes(US_ASCII);
    onLoop(() -> loop.recent().appended(topic(1), EPOCH, 5, 5, TAG));
    onLoop(() -> loop.recent().appended(topic(1), EPOCH, 4, 4, elsewhere));
    onLoop(() -> loop.recent().add(topic(other), EPOCH, 5, elsewhere));
    onLoop(() -> loop.recent().appended(topic(other), EPOCH, 5, 6, TAG));
    Await.until("another epoch", () -> isRenewed(other));
    onLoop(loop.recent()::check);
    assertThat(isRenewed(1)).isFalse();
    assertThat(renewed()).isOne();
  }

  @Test
  void asksAgainForWhatItDoubtedInVain() {
    store(1, 4);
    know(1);
    redis.call("ACL", "SETUSER", "default", "-evalsha");
    onLoop(() -> loop.recent().appended(topic(1), EPOCH, 5, 5, TAG));
    Await.until("refused", () -> redis.text("INFO", "errorstats").contains("NOPERM"));
    redis.call("ACL", "SETUSER", "default", "+evalsha");
    Await.until("another epoch", () -> isRenewed(1));
  }

  @Test
  void forgetsWhatWasKnownForItsTime() {
    store(1, 4);
    store(2, 4);
    know(1);
    nanos.addAndGet(Recent.KEPT_NANOS + 1);
    know(2);
    onLoop(loop.recent()::expire);
    onLoop(loop.recent()::check);
    Await.until("another epoch", () -> isRenewed(2));
    assertThat(renewed()).isOne();
  }

  @Test
  void keepsTheNewestOfMany() {
    store(1, 4);
    store(Recent.MOST + 1, 4);
    onLoop(
        () -> {
          for (int n = 1; n <= Recent.MOST + 1; n++) {
            loop.recent().add(topic(n), EPOCH, 5, TAG);
          }
        });
    onLoop(loop.recent()::check);
    Await.until("another epoch", () -> isRenewed(Recent.MOST + 1));
    assertThat(renewed()).isOne();
    assertThat(isRenewed(1)).isFalse();
  }

  @Test
  void knowsWhatItFollowedLast() throws InterruptedException {
    store(1, 5);
    CountDownLatch opened = new CountDownLatch(1);
    onLoop(() -> loop.follow(topic(1), 1024, new IdleTopics.Idle(opened)));
    opened.await();
    onLoop(() -> loop.unfollow(topic(1)));
    store(1, 4);
    onLoop(loop.recent()::check);
    Await.until("another epoch", () -> isRenewed(1));
  }
}
