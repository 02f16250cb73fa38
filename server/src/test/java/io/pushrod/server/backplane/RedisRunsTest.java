package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.DeskLeases.Holding;
import io.pushrod.server.run.RunStore;
import io.pushrod.server.run.RunStore.Loaded;
import io.pushrod.server.run.RunStore.Shelf;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Leases of desks, and what is stored under them.
final class RedisRunsTest {
  private static final long TTL_MILLIS = 60_000;

  private final RedisServer redis = RedisServer.start("");
  private final RedisLink a = RedisLink.open(RedisSettings.of(redis.url()));
  private final RedisLink b = RedisLink.open(RedisSettings.of(redis.url()));
  private final DeskLocks locksOfA = new DeskLocks(a, TTL_MILLIS);
  private final DeskLocks locksOfB = new DeskLocks(b, TTL_MILLIS);
  private final ShardMetrics metrics = new ShardMetrics();
  private final RedisRuns runsOfA = new RedisRuns(a, metrics);

  @AfterEach
  void close() {
    runsOfA.close();
    a.close();
    b.close();
    redis.close();
  }

  private static <T extends @Nullable Object> T get(CompletionStage<T> stage) {
    return stage.toCompletableFuture().join();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static void put(RunStore store, String key, String record) {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    store.put("acme", Shelf.OPEN, key, bytes(record), () -> stored.complete(null));
    stored.join();
  }

  private static Map<String, byte[]> load(RunStore store, Shelf shelf) {
    CompletableFuture<Loaded> answer = new CompletableFuture<>();
    store.load("acme", shelf, answer::complete);
    return ((Loaded.Records) answer.join()).byKey();
  }

  @Test
  void givesADeskToOneServerAtATime() {
    Holding first = get(locksOfA.take("acme"));
    assertThat(first.node()).isEqualTo(a.nodeId());
    assertThat(get(locksOfB.take("acme"))).isEqualTo(first);
    assertThat(get(locksOfB.look("acme"))).isEqualTo(first);
    assertThat(get(locksOfA.renew("acme", first.fence()))).isTrue();
    assertThat(get(locksOfB.renew("acme", first.fence()))).isFalse();

    get(locksOfA.release("acme", first.fence()));
    assertThat(get(locksOfA.look("acme"))).isNull();
    Holding second = get(locksOfB.take("acme"));
    assertThat(second.node()).isEqualTo(b.nodeId());
    assertThat(second.fence()).isGreaterThan(first.fence());
    assertThat(get(locksOfA.renew("acme", first.fence()))).isFalse();
  }

  @Test
  void raisesItsFencesWhenRedisForgetsThem() {
    Holding first = get(locksOfA.take("acme"));
    redis.call("FLUSHALL");
    assertThat(get(locksOfB.take("acme")).fence()).isGreaterThan(first.fence());
  }

  @Test
  void letsADeskGoWhenItsTimeIsOver() {
    DeskLocks brief = new DeskLocks(a, 50);
    Holding first = get(brief.take("acme"));
    Await.until("it is free", () -> get(locksOfB.look("acme")) == null);
    assertThat(get(brief.renew("acme", first.fence()))).isFalse();
  }

  @Test
  void storesInOrderUnderTheLease() {
    RunStore store = runsOfA.under(get(locksOfA.take("acme")).fence());
    for (int i = 0; i < 1_000; i++) {
      store.put("acme", Shelf.OPEN, "r/" + i % 10, bytes("v" + i), () -> {});
    }
    store.remove("acme", Shelf.OPEN, "r/0");
    put(store, "r/x", "last");
    Map<String, byte[]> all = load(store, Shelf.OPEN);
    assertThat(all).hasSize(10).doesNotContainKey("r/0");
    assertThat(all.get("r/9")).isEqualTo(bytes("v999"));
    assertThat(load(store, Shelf.ENDED)).isEmpty();
    CompletableFuture<Set<String>> tenants = new CompletableFuture<>();
    runsOfA.tenants(tenants::complete);
    assertThat(tenants.join()).isEqualTo(Set.of("acme"));
  }

  @Test
  void storesNothingUnderALeaseThatIsOver() {
    Holding first = get(locksOfA.take("acme"));
    RunStore late = runsOfA.under(first.fence());
    put(late, "r/1", "first");
    get(locksOfA.release("acme", first.fence()));
    get(locksOfB.take("acme"));
    List<String> stored = new CopyOnWriteArrayList<>();
    late.put("acme", Shelf.OPEN, "r/1", bytes("late"), () -> stored.add("late"));
    late.remove("acme", Shelf.OPEN, "r/1");
    Await.until("both were refused", () -> metrics.value(Counter.RUNS_FENCED) == 2);
    assertThat(stored).isEmpty();
    assertThat(load(late, Shelf.OPEN)).containsEntry("r/1", bytes("first"));
  }

  @Test
  void hasNothingStoredThatNoReplicaHas() {
    try (RedisLink careful = RedisLink.open(RedisSettings.of(redis.url(), false, 1))) {
      RedisRuns runs = new RedisRuns(careful, metrics);
      RunStore store = runs.under(get(new DeskLocks(careful, TTL_MILLIS).take("acme")).fence());
      CompletableFuture<Void> stored = new CompletableFuture<>();
      store.put("acme", Shelf.OPEN, "r/1", bytes("first"), () -> stored.complete(null));
      Await.until(
          "it has waited in vain",
          () -> redis.text("INFO", "commandstats").contains("cmdstat_wait:calls=2"));
      assertThat(stored).isNotDone();
      try (RedisServer _ = RedisServer.start("", "--replicaof", "127.0.0.1 " + redis.port())) {
        stored.join();
      }
      runs.close();
    }
  }

  @Test
  void storesWhatWaitedWhenRedisIsBack() {
    RunStore store = runsOfA.under(get(locksOfA.take("acme")).fence());
    put(store, "r/1", "first");
    redis.freeze();
    CompletableFuture<Void> stored = new CompletableFuture<>();
    store.put("acme", Shelf.OPEN, "r/1", bytes("second"), () -> stored.complete(null));
    assertThat(stored).isNotDone();
    redis.thaw();
    stored.join();
    assertThat(load(store, Shelf.OPEN)).containsEntry("r/1", bytes("second"));
  }
}
