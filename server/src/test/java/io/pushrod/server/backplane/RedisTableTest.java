package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.storage.RecordTable.Kept;
import io.pushrod.server.storage.RecordTable.Settings;
import io.pushrod.server.storage.RecordTable.Swapped;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One table at two servers.
final class RedisTableTest {
  private static final int LIFE = 3_600_000;

  private final RedisServer redis = RedisServer.start("");
  private final StorageConfig.Redis config = config("20s");
  private final RedisLink first = RedisLink.open(config);
  private final RedisLink second = RedisLink.open(config);
  private final RedisTable a = table(first, LIFE);
  private final RedisTable b = table(second, LIFE);

  private StorageConfig.Redis config(String timeout) {
    return ServerConfig.with(
            true,
            "storage.backend=redis",
            "storage.redis.url=" + redis.url(),
            "storage.redis.timeout=" + timeout,
            "data_dir=.")
        .storage()
        .redis();
  }

  private RedisTable table(RedisLink link, long life) {
    return new RedisTable(link, config, new Settings("t", 3, life));
  }

  @AfterEach
  void end() {
    first.close();
    second.close();
    redis.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private static CompletionStage<Swapped> swapping(
      RedisTable table, @Nullable String seen, String key, String value) {
    return table.swap(seen == null ? null : bytes(seen), new Kept(key, "", 0, bytes(value)));
  }

  private static Swapped swap(RedisTable table, @Nullable String seen, String key, String value) {
    return swapping(table, seen, key, value).toCompletableFuture().join();
  }

  private static Swapped putAs(RedisTable table, int rank, String key, String alias) {
    return table.swap(null, new Kept(key, alias, rank, bytes(key))).toCompletableFuture().join();
  }

  private static @Nullable String find(RedisTable table, String key) {
    return text(table.find(key).toCompletableFuture().join());
  }

  private static @Nullable String findByAlias(RedisTable table, String alias) {
    return text(table.findByAlias(alias).toCompletableFuture().join());
  }

  private static @Nullable String text(@Nullable Kept kept) {
    return kept == null ? null : new String(kept.value(), UTF_8);
  }

  @Test
  void whatOnePutsTheOtherFinds() {
    assertThat(find(b, "a")).isNull();
    putAs(a, 1, "key", "alias");

    assertThat(find(b, "key")).isEqualTo("key");
    Kept found = b.findByAlias("alias").toCompletableFuture().join();
    assertThat(found).isNotNull();
    assertThat(found.key()).isEqualTo("key");
    assertThat(found.alias()).isEqualTo("alias");
    assertThat(found.rank()).isEqualTo(1);
    assertThat(findByAlias(a, "key")).isNull();
  }

  @Test
  void replacesARecordOnlyForWhoHasSeenIt() {
    assertThat(swap(a, null, "a", "1").done()).isTrue();
    assertThat(swap(b, null, "a", "1").done()).isFalse();
    assertThat(swap(b, "1", "a", "2").done()).isTrue();

    Swapped late = swap(a, "1", "a", "2");

    assertThat(late.done()).isFalse();
    assertThat(text(late.now())).isEqualTo("2");
    assertThat(swap(a, "1", "b", "2").done()).isFalse();
    assertThat(find(a, "b")).isNull();
  }

  @Test
  void noneOfManyChangesFromTwoServersIsLost() {
    swap(a, null, "count", "0");
    List<CompletableFuture<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(addOften(i % 2 == 0 ? a : b, 50).toCompletableFuture());
    }
    all.forEach(CompletableFuture::join);

    assertThat(find(a, "count")).isEqualTo("400");
  }

  private static CompletionStage<Boolean> addOften(RedisTable table, int times) {
    return times == 0
        ? CompletableFuture.completedFuture(true)
        : table
            .find("count")
            .thenCompose(seen -> add(table, seen))
            .thenCompose(_ -> addOften(table, times - 1));
  }

  private static CompletionStage<Boolean> add(RedisTable table, @Nullable Kept seen) {
    int next = Integer.parseInt(String.valueOf(text(seen))) + 1;
    return swapping(table, text(seen), "count", Integer.toString(next))
        .thenCompose(
            swapped ->
                swapped.done()
                    ? CompletableFuture.completedFuture(true)
                    : add(table, swapped.now()));
  }

  @Test
  void theLowestRankGoesFirstAndNeverTheOneThatIsPut() {
    putAs(a, 1, "user", "");
    putAs(a, 0, "first", "f");
    putAs(a, 1, "other", "");

    assertThat(putAs(b, 1, "third", "").forgotten()).isEqualTo(1);
    assertThat(find(a, "first")).isNull();
    assertThat(findByAlias(a, "f")).isNull();
    assertThat(putAs(b, 0, "guest", "g").forgotten()).isEqualTo(1);

    assertThat(findByAlias(a, "g")).isEqualTo("guest");
    assertThat(find(a, "user")).isNull();
    assertThat(redis.call("HLEN", "pushrod:{t}:table")).containsExactly("3");
    assertThat(redis.call("ZCARD", "pushrod:{t}:table-asked")).containsExactly("3");
    assertThat(redis.call("HLEN", "pushrod:{t}:table-alias")).containsExactly("1");
  }

  @Test
  void aRecordThatNobodyAskedForIsForgotten() {
    RedisTable brief = table(first, 100);
    putAs(brief, 0, "key", "alias");

    Await.until(
        "forgotten", () -> redis.call("EXISTS", "pushrod:{t}:table").getFirst().equals("0"));

    assertThat(find(brief, "key")).isNull();
    assertThat(findByAlias(brief, "alias")).isNull();
    assertThat(putAs(brief, 0, "key", "other").done()).isTrue();
  }

  @Test
  void anOldRecordIsNotFoundWhileOthersLive() {
    putAs(a, 0, "old", "o");
    putAs(a, 1, "young", "y");
    redis.call("ZADD", "pushrod:{t}:table-asked", "1000", "old");

    assertThat(find(a, "old")).isNull();
    assertThat(findByAlias(a, "o")).isNull();
    assertThat(find(a, "young")).isEqualTo("young");

    assertThat(putAs(a, 0, "new", "").forgotten()).isZero();
    assertThat(redis.call("HLEN", "pushrod:{t}:table")).containsExactly("2");
    assertThat(redis.call("HLEN", "pushrod:{t}:table-alias")).containsExactly("1");
  }

  @Test
  void failsWhileRedisIsAwayAndGoesOnByItself() {
    putAs(a, 0, "key", "");
    RedisTable hasty = new RedisTable(first, config("200ms"), new Settings("t", 3, LIFE));
    redis.freeze();
    try {
      assertThatThrownBy(() -> find(hasty, "key")).hasCauseInstanceOf(TimeoutException.class);
      assertThatThrownBy(() -> swap(hasty, "key", "key", "2"))
          .hasCauseInstanceOf(TimeoutException.class);
    } finally {
      redis.thaw();
    }
    Await.until("Redis answers", () -> first.obstacle() == null);
    assertThat(find(a, "key")).isIn("key", "2");
  }

  @Test
  void findsWithoutMemoryToChangeAnything() {
    putAs(a, 0, "key", "alias");
    long seconds = Long.parseLong(redis.call("TIME").getFirst()) - LIFE / 1_000 / 2;
    redis.call("ZADD", "pushrod:{t}:table-asked", "XX", seconds + "000", "key");
    redis.call("CONFIG", "SET", "maxmemory-policy", "noeviction");
    redis.call("CONFIG", "SET", "maxmemory", "1");

    assertThatThrownBy(() -> swap(a, "key", "key", "2")).hasMessageContaining("OOM");
    assertThat(findByAlias(a, "alias")).isEqualTo("key");

    redis.call("CONFIG", "SET", "maxmemory", "0");
    assertThat(swap(a, "key", "key", "2").done()).isTrue();
  }
}
