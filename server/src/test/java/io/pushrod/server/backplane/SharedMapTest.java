package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.storage.SharedRecords;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Copies of one hash at several servers.
final class SharedMapTest {
  private final RedisServer redis = RedisServer.start("");
  private final List<Copy> copies = new ArrayList<>();

  /// What one server has.
  private final class Copy implements SharedRecords.Listener {
    final RedisLink link =
        RedisLink.open(
            ServerConfig.with(
                    true, "storage.backend=redis", "storage.redis.url=" + redis.url(), "data_dir=.")
                .storage()
                .redis());
    final ClusterBus bus =
        ClusterBus.start(link, 2_000, new MetricsRegistry("test").shard(), System::nanoTime);
    final SharedMap map = new SharedMap(link, bus, "test");
    final Map<String, String> known = new ConcurrentSkipListMap<>();
    final boolean begun;

    Copy(Map<String, String> remembered) {
      copies.add(this);
      known.putAll(remembered);
      Map<String, byte[]> bytes = new HashMap<>();
      remembered.forEach((key, value) -> bytes.put(key, value.getBytes(UTF_8)));
      begun = map.begin(bytes, this).toCompletableFuture().join();
    }

    @Override
    public void onPut(String key, byte[] value) {
      known.put(key, new String(value, UTF_8));
    }

    @Override
    public void onRemove(String key) {
      known.remove(key);
    }

    boolean put(String key, String value) {
      known.put(key, value);
      return map.put(key, value.getBytes(UTF_8)).toCompletableFuture().join();
    }

    boolean remove(String key) {
      known.remove(key);
      return map.remove(key).toCompletableFuture().join();
    }

    void await(Map<String, String> expected) {
      Await.until(expected + ", not " + known, () -> known.equals(expected));
    }

    void end() {
      bus.close();
      link.close();
      copies.remove(this);
    }
  }

  @AfterEach
  void end() {
    List.copyOf(copies).forEach(Copy::end);
    redis.close();
  }

  private Copy copy() {
    return new Copy(Map.of());
  }

  @Test
  void aChangeReachesTheOthers() {
    Copy a = copy();
    Copy b = copy();
    assertThat(a.put("k", "1")).isTrue();
    b.await(Map.of("k", "1"));
    assertThat(b.put("k", "2")).isTrue();
    a.await(Map.of("k", "2"));
    assertThat(a.remove("k")).isTrue();
    b.await(Map.of());
  }

  @Test
  void aNewServerLearnsAllAtItsStart() {
    Copy a = copy();
    a.put("k", "1");
    a.put("l", "2");
    Copy b = copy();
    assertThat(b.begun).isTrue();
    assertThat(b.known).isEqualTo(Map.of("k", "1", "l", "2"));
  }

  @Test
  void whatTheFirstServerRemembersIsShared() {
    new Copy(Map.of("k", "1"));
    copy().await(Map.of("k", "1"));
  }

  @Test
  void whatWasRemovedWhileAServerWasDownIsForgottenByIt() {
    Copy a = copy();
    a.put("k", "1");
    a.put("l", "1");
    a.remove("k");
    Copy b = new Copy(Map.of("k", "1"));
    b.await(Map.of("l", "1"));
    assertThat(a.known).isEqualTo(Map.of("l", "1"));
  }

  @Test
  void aChangeWhileRedisIsAwayIsMadeUpFor() {
    Copy a = copy();
    Copy b = copy();
    a.put("k", "1");
    b.await(Map.of("k", "1"));
    redis.kill();
    Await.until("away", () -> a.link.obstacle() != null);
    assertThat(a.put("l", "2")).isFalse();
    redis.begin();
    b.await(Map.of("k", "1", "l", "2"));
  }

  @Test
  void aRedisThatForgotAllGetsItBack() {
    Copy a = copy();
    Copy b = copy();
    a.put("k", "1");
    b.put("l", "2");
    a.await(Map.of("k", "1", "l", "2"));
    b.await(Map.of("k", "1", "l", "2"));
    redis.call("FLUSHALL");
    Await.until("back", () -> redis.call("HLEN", "pushrod:{test}:map").equals(List.of("2")));
    assertThat(a.known).isEqualTo(b.known).hasSize(2);
  }

  @Test
  void aChangeThatWasNotToldIsFound() {
    Copy a = copy();
    a.put("k", "1");
    redis.call("HSET", "pushrod:{test}:map", "l", "2");
    redis.call("HINCRBY", "pushrod:{test}:map-meta", "v", "1");
    a.await(Map.of("k", "1", "l", "2"));
  }

  @Test
  void manyChangesOfAllEndAlike() {
    Copy a = copy();
    Copy b = copy();
    for (int i = 0; i < 100; i++) {
      Copy who = i % 2 == 0 ? a : b;
      var _ = who.map.put("k" + i % 10, ("" + i).getBytes(UTF_8));
    }
    a.put("last", "a");
    b.put("last2", "b");
    Copy c = copy();
    // whoever changed a record knows that itself
    Map<String, String> others = new HashMap<>(c.known);
    assertThat(others).hasSize(12);
    c.known.forEach(
        (key, value) -> {
          if (key.startsWith("k")) {
            boolean ofA = Integer.parseInt(value) % 2 == 0;
            Copy other = ofA ? b : a;
            Await.until(key, () -> value.equals(other.known.get(key)));
          }
        });
  }
}
