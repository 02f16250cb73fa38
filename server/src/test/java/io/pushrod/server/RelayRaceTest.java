package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Readers come, go and vanish in any order, on several shards, while the connection to Redis is
/// cut now and then; what is subscribed in the end is what is read.
class RelayRaceTest {
  private static final int READERS = 8;
  private static final int TOPICS = 6;
  private static final int STEPS = 400;

  @RegisterExtension
  RunningServer server =
      new RunningServer("server.event_loops=3", "quotas.connections_per_user=1000");

  private final Random random = new Random(42);
  private final List<WsClient> readers = new ArrayList<>();
  private final List<Set<String>> read = new ArrayList<>();
  private RedisServer redis;

  @BeforeEach
  void startRedis() {
    redis = RedisServer.start("");
  }

  private void restart(String linger) {
    server.restart(
        "relays=[{kind: northstar, url: '"
            + redis.url()
            + "', tenant: acme, reconcile: 100ms, linger: "
            + linger
            + "}]");
    for (int i = 0; i < READERS; i++) {
      readers.add(server.ws());
      read.add(new TreeSet<>());
    }
  }

  @AfterEach
  void stopRedis() {
    server.stop();
    redis.close();
  }

  private void step() {
    int i = random.nextInt(READERS);
    String topic = "thread/" + random.nextInt(TOPICS);
    switch (random.nextInt(8)) {
      case 0 -> {
        readers.get(i).cut();
        readers.set(i, server.ws());
        read.get(i).clear();
      }
      case 1, 2, 3 -> {
        if (read.get(i).add(topic)) {
          readers.get(i).send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + topic + "\"}");
        }
      }
      default -> {
        if (read.get(i).remove(topic)) {
          readers.get(i).send("{\"op\":\"unsubscribe\",\"id\":2,\"topic\":\"" + topic + "\"}");
        }
      }
    }
  }

  private List<String> wanted() {
    Set<String> wanted = new TreeSet<>();
    read.forEach(topics -> topics.forEach(topic -> wanted.add(topic.replace('/', ':'))));
    return List.copyOf(wanted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "5ms", "50ms"})
  void whatIsSubscribedIsWhatIsRead(String linger) {
    restart(linger);
    for (int i = 0; i < STEPS; i++) {
      step();
      if (i % 150 == 100) {
        redis.call("CLIENT", "KILL", "TYPE", "pubsub");
      }
      if (i % 200 == 199) {
        Await.until("subscribed is what is read", () -> redis.channels().equals(wanted()));
      }
    }
    read.forEach(Set::clear);
    readers.forEach(WsClient::cut);
    Await.until("nothing is subscribed", () -> redis.channels().isEmpty());
    assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
  }
}
