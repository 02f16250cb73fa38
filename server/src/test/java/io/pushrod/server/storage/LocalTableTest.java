package io.pushrod.server.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.storage.RecordTable.Kept;
import io.pushrod.server.storage.RecordTable.Settings;
import io.pushrod.server.storage.RecordTable.Swapped;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LocalTableTest {
  private static final long LIFE = 6_400;

  private final AtomicLong millis = new AtomicLong(1_000_000);
  private final AtomicReference<@Nullable String> obstacle = new AtomicReference<>();
  private final MemoryState state = new MemoryState();
  private LocalTable table = opened(state);

  private LocalTable opened(StateStore of) {
    return new LocalTable(new Settings("t", 3, LIFE), millis::get, of, obstacle::get);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  private Swapped swap(@Nullable String seen, String key, String value) {
    return table
        .swap(seen == null ? null : bytes(seen), new Kept(key, "", 0, bytes(value)))
        .toCompletableFuture()
        .join();
  }

  private Swapped putAs(int rank, String key, String alias) {
    return table.swap(null, new Kept(key, alias, rank, bytes(key))).toCompletableFuture().join();
  }

  private @Nullable String find(String key) {
    return text(table.find(key).toCompletableFuture().join());
  }

  private @Nullable String findByAlias(String alias) {
    return text(table.findByAlias(alias).toCompletableFuture().join());
  }

  private static @Nullable String text(@Nullable Kept kept) {
    return kept == null ? null : new String(kept.value(), UTF_8);
  }

  @Test
  void replacesARecordOnlyForWhoHasSeenIt() {
    assertThat(swap(null, "a", "1").done()).isTrue();
    assertThat(swap(null, "a", "2").done()).isFalse();
    assertThat(swap("1", "a", "2").done()).isTrue();

    Swapped late = swap("1", "a", "3");

    assertThat(late.done()).isFalse();
    assertThat(text(late.now())).isEqualTo("2");
    assertThat(find("a")).isEqualTo("2");
    assertThat(swap("1", "b", "2").done()).isFalse();
    assertThat(find("b")).isNull();
  }

  @Test
  void ofTwoEqualChangesOneIsMade() {
    assertThat(swap(null, "a", "1").done()).isTrue();
    assertThat(swap("1", "a", "2").done()).isTrue();
    assertThat(swap("1", "a", "2").done()).isFalse();
  }

  @Test
  void aRecordLivesOnWhileItIsAskedFor() {
    swap(null, "a", "1");
    for (int i = 0; i < 3; i++) {
      millis.addAndGet(LIFE - 1);
      assertThat(find("a")).isEqualTo("1");
    }
    millis.addAndGet(LIFE);
    assertThat(find("a")).isNull();
    assertThat(swap(null, "a", "2").done()).isTrue();
  }

  @Test
  void theLowestRankGoesFirstAndInItTheOneNotAskedForLongest() {
    putAs(1, "user", "");
    putAs(0, "first", "f");
    putAs(0, "second", "s");
    assertThat(findByAlias("f")).isEqualTo("first");

    assertThat(putAs(0, "third", "").forgotten()).isEqualTo(1);

    assertThat(find("second")).isNull();
    assertThat(findByAlias("s")).isNull();
    assertThat(find("first")).isEqualTo("first");
    assertThat(find("user")).isEqualTo("user");
    assertThat(table.size()).isEqualTo(3);
  }

  @Test
  void isAsItWasWhenItIsOpenedAgain() {
    putAs(1, "user", "u");
    millis.addAndGet(LIFE / 2);
    putAs(0, "later", "l");
    assertThat(find("user")).isEqualTo("user");

    millis.addAndGet(LIFE - 1);
    table = opened(state);

    assertThat(findByAlias("u")).isEqualTo("user");
    assertThat(findByAlias("l")).isEqualTo("later");
    millis.addAndGet(LIFE);
    table = opened(state);
    assertThat(table.size()).isZero();
    state.each("t", (key, _) -> assertThat(key).isNull());
  }

  @Test
  void keepsTheNewestWhenThereIsLessRoomThanBefore() {
    for (String key : new String[] {"c", "a", "b"}) {
      swap(null, key, key);
      millis.incrementAndGet();
    }

    table = new LocalTable(new Settings("t", 2, LIFE), millis::get, state, () -> null);

    assertThat(find("c")).isNull();
    assertThat(find("a")).isEqualTo("a");
    assertThat(find("b")).isEqualTo("b");
  }

  /// Stores when it is told to.
  private static final class SlowState implements StateStore {
    final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

    @Override
    public void put(String space, String key, byte[] value, Runnable stored) {
      waiting.add(stored);
    }

    @Override
    public void remove(String space, String key) {}

    @Override
    public void each(String space, BiConsumer<String, byte[]> record) {}
  }

  @Test
  void saysNothingOfARecordBeforeItIsStored() {
    SlowState slow = new SlowState();
    table = opened(slow);
    CompletableFuture<Swapped> put =
        table.swap(null, new Kept("a", "", 0, bytes("1"))).toCompletableFuture();
    CompletableFuture<@Nullable Kept> found = table.find("a").toCompletableFuture();
    CompletableFuture<Swapped> late =
        table.swap(null, new Kept("a", "", 0, bytes("2"))).toCompletableFuture();

    assertThat(put).isNotDone();
    assertThat(found).isNotDone();
    assertThat(late).isNotDone();

    slow.waiting.remove().run();

    assertThat(put.join().done()).isTrue();
    assertThat(text(found.join())).isEqualTo("1");
    assertThat(late.join().done()).isFalse();
  }

  @Test
  void findsButChangesNothingWhileNothingCanBeStored() {
    swap(null, "a", "1");
    obstacle.set("disk: full");

    assertThat(find("a")).isEqualTo("1");
    assertThatThrownBy(() -> swap("1", "a", "2")).hasMessageContaining("disk: full");
    obstacle.set(null);
    assertThat(swap("1", "a", "2").done()).isTrue();
  }
}
