package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class RedisLinkTest {
  private RedisServer redis;
  private RedisLink link;

  @BeforeEach
  void start() {
    redis = RedisServer.start("secret");
    link = RedisLink.open(RedisSettings.of(redis.url()));
  }

  @AfterEach
  void end() {
    link.close();
    redis.close();
  }

  private String value(String key) throws Exception {
    byte[] found =
        link.commands().get(key.getBytes(UTF_8)).toCompletableFuture().get(5, TimeUnit.SECONDS);
    return found == null ? "" : new String(found, UTF_8);
  }

  @Test
  void doesCommandsOnceItIsOpen() throws Exception {
    assertThat(link.obstacle()).isNull();
    redis.call("SET", "greeting", "hello");
    assertThat(value("greeting")).isEqualTo("hello");
  }

  @Test
  void passesOnWhatIsPublishedOnSubscribedChannelsOnly() {
    List<String> heard = new CopyOnWriteArrayList<>();
    link.subscribe("a", message -> heard.add("a" + new String(message, UTF_8)))
        .toCompletableFuture()
        .join();
    link.subscribe("b", message -> heard.add("b" + new String(message, UTF_8)))
        .toCompletableFuture()
        .join();
    link.unsubscribe("b");
    redis.awaitSubscribers("b", 0);
    redis.publish("b", "1");
    redis.publish("a", "2");
    Await.until("a2", () -> heard.contains("a2"));
    assertThat(heard).containsExactly("a2");
  }

  @Test
  void endsAsWantedLastWhereSubscribingAndUnsubscribingAlternate() {
    for (int i = 0; i < 200; i++) {
      link.subscribe("on", _ -> {});
      link.subscribe("off", _ -> {});
      link.unsubscribe("on");
      link.unsubscribe("off");
    }
    link.subscribe("on", _ -> {}).toCompletableFuture().join();
    redis.awaitSubscribers("off", 0);
    redis.awaitSubscribers("on", 1);
  }

  @Test
  void connectsAndSubscribesAnewWhenRedisComesBack() throws Exception {
    ConcurrentLinkedQueue<String> changes = new ConcurrentLinkedQueue<>();
    link.onConnection(
        new ConnectionListener() {
          @Override
          public void onUp() {
            changes.add("up");
          }

          @Override
          public void onDown(String why) {
            changes.add("down");
          }

          @Override
          public void onResubscribed() {
            changes.add("resubscribed");
          }
        });
    List<String> heard = new CopyOnWriteArrayList<>();
    List<String> names = IntStream.range(0, 600).mapToObj(i -> "channel/" + i).toList();
    for (String name : names) {
      link.subscribe(name, message -> heard.add(new String(message, UTF_8)));
    }
    redis.awaitSubscribers("channel/599", 1);
    redis.kill();
    Await.until("down", () -> changes.contains("down"));
    assertThat(link.obstacle()).startsWith("redis: ").doesNotContain("secret");
    assertThatThrownBy(() -> value("x")).isNotNull();
    redis.begin();
    Await.until("up", () -> changes.contains("up") && changes.contains("resubscribed"));
    names.forEach(name -> redis.publishTo(1, name, name));
    Await.until("all heard", () -> heard.size() == names.size());
    assertThat(value("x")).isEmpty();
  }

  @Test
  void subscribesAnewWhenOnlyTheConnectionForChannelsIsCut() {
    List<String> heard = new CopyOnWriteArrayList<>();
    link.subscribe("a", message -> heard.add(new String(message, UTF_8)))
        .toCompletableFuture()
        .join();
    redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    redis.publishTo(1, "a", "again");
    Await.until("again", () -> heard.contains("again"));
    assertThat(link.obstacle()).isNull();
  }

  @Test
  void keepsTagsApartAndInOneSlotEach() {
    String one = RedisLink.tag("a:b", "c");
    String other = RedisLink.tag("a", "b:c");
    assertThat(link.key("s", one)).isNotEqualTo(link.key("s", other));
    assertThat(link.key("s", RedisLink.tag("te}n", "x"))).isEqualTo("pushrod:{te%7Dn:x}:s");
  }

  @Test
  void opensWithoutRedisAndSaysSo() {
    redis.kill();
    try (RedisLink early = RedisLink.open(RedisSettings.of(redis.url()))) {
      assertThat(early.obstacle()).isNotNull();
      redis.begin();
      Await.until("connected", () -> early.obstacle() == null);
    }
  }

  /// The library says so where a connection is closed a second time.
  @Test
  void closesEachConnectionOnce() {
    Logger library =
        ((LoggerContext) LoggerFactory.getILoggerFactory()).getLogger("io.lettuce.core");
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    RedisLink wide = RedisLink.open(RedisSettings.of(redis.url(), false, 0, 64));
    wide.subscribe("a", _ -> {}).toCompletableFuture().join();
    library.addAppender(said);
    try {
      wide.close();
    } finally {
      library.detachAppender(said);
    }
    assertThat(said.list).extracting(ILoggingEvent::getFormattedMessage).isEmpty();
  }
}
