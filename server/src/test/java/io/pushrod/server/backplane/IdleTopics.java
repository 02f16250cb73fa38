package io.pushrod.server.backplane;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.storage.ClusterTopics.Feed;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.support.RedisServer;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Prints what it costs to follow topics in which nothing happens, at a node and at Redis. Not a
/// test: `IdleTopics [topics] [seconds]`.
public final class IdleTopics {
  private IdleTopics() {}

  public static void main(String[] words) throws InterruptedException {
    int topics = words.length > 0 ? Integer.parseInt(words[0]) : 10_000;
    int seconds = words.length > 1 ? Integer.parseInt(words[1]) : 10;
    DefaultEventExecutor loop = new DefaultEventExecutor();
    try (RedisServer redis = RedisServer.start("")) {
      StorageConfig.Redis config = RedisSettings.of(redis.url());
      try (RedisLink link = RedisLink.open(config);
          RedisTopics all =
              new RedisTopics(
                  link,
                  config,
                  TimeUnit.SECONDS.toNanos(5),
                  _ -> loop,
                  _ -> true,
                  new MetricsRegistry("0"),
                  System::nanoTime)) {
        CountDownLatch opened = new CountDownLatch(topics);
        for (int i = 0; i < topics; i++) {
          all.follow(new TopicKey("acme", "thread/" + i), 1024, new Idle(opened));
        }
        opened.await();
        measure(redis, seconds); // warms up
        measure(redis, seconds);
      }
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static void measure(RedisServer redis, int seconds) throws InterruptedException {
    long before = looks(redis);
    double node = nodeSeconds();
    double there = redisSeconds(redis);
    TimeUnit.SECONDS.sleep(seconds);
    long looks = looks(redis) - before;
    System.out.printf(
        Locale.ROOT,
        "%,d looks: %.2f us of a node each, %.2f us of Redis%n",
        looks,
        (nodeSeconds() - node) * 1e6 / looks,
        (redisSeconds(redis) - there) * 1e6 / looks);
  }

  /// Each is one of these commands, in a script or alone.
  private static long looks(RedisServer redis) {
    return redis
        .text("INFO", "commandstats")
        .lines()
        .filter(line -> line.startsWith("cmdstat_hget:") || line.startsWith("cmdstat_hmget:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*:calls=([0-9]+),.*", "$1")))
        .sum();
  }

  private static double nodeSeconds() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }

  private static double redisSeconds(RedisServer redis) {
    return redis
        .text("INFO", "cpu")
        .lines()
        .filter(line -> line.startsWith("used_cpu_sys:") || line.startsWith("used_cpu_user:"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(':') + 1).strip()))
        .sum();
  }

  record Idle(CountDownLatch opened) implements Feed {
    @Override
    public void onOpened(StoredTopic topic) {
      opened.countDown();
    }

    @Override
    public void onRecords(RecordPage page) {}

    @Override
    public void onDeclared(Readers readers) {}

    @Override
    public void onSealed() {}

    @Override
    public void onSignal(ByteBuf record) {}

    @Override
    public void onLost() {}
  }
}
