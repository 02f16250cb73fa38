package io.pushrod.server.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A table of one server: all of it in memory, and each record in a store beside.
///
/// **Thread:** any; one lock, held for a few map operations.
/* A value in the store: seen u64 ms | rank u8 | alias length u8 | alias | value. When a record was seen is stored with it,
 * and again once that is a 64th of its life ago; so a record that is asked for all the time is seldom written. */
public final class LocalTable implements RecordTable {
  /// How long what was put may take to be stored until that counts as failed.
  private static final long STORE_MILLIS = 5_000;

  private static final CompletableFuture<@Nullable Kept> NONE =
      CompletableFuture.<@Nullable Kept>completedFuture(null);

  private static final int HEAD_BYTES = 10;
  private static final int RANKS = 2;

  private static final class Entry {
    Kept kept;
    long seenMillis;

    /// As which it was stored last.
    long writtenMillis;

    CompletableFuture<@Nullable Void> stored = new CompletableFuture<>();

    Entry(Kept kept, long seenMillis) {
      this.kept = kept;
      this.seenMillis = seenMillis;
      this.writtenMillis = seenMillis;
    }
  }

  private record Loaded(Kept kept, long seenMillis) {}

  private final Settings settings;
  private final LongSupplier millis;
  private final StateStore state;
  private final Supplier<@Nullable String> obstacle;

  /// By rank, each in the order of last use.
  private final List<LinkedHashMap<String, Entry>> ranks = new ArrayList<>(RANKS);

  private final Map<String, String> keys = new HashMap<>();

  /// Reads what the store has of it.
  ///
  /// @param millis the time, since 1970
  /// @param obstacle why nothing can be stored now; null while it can
  /// @throws IllegalStateException when the store cannot be read
  public LocalTable(
      Settings settings,
      LongSupplier millis,
      StateStore state,
      Supplier<@Nullable String> obstacle) {
    this.settings = settings;
    this.millis = millis;
    this.state = state;
    this.obstacle = obstacle;
    for (int i = 0; i < RANKS; i++) {
      ranks.add(new LinkedHashMap<>(16, 0.75f, true));
    }
    load();
  }

  private void load() {
    List<Loaded> all = new ArrayList<>();
    state.each(settings.name(), (key, stored) -> all.add(read(key, stored)));
    all.sort(Comparator.comparingLong(Loaded::seenMillis));
    long now = millis.getAsLong();
    for (Loaded each : all) {
      if (now - each.seenMillis() >= settings.lifeMillis()) {
        state.remove(settings.name(), each.kept().key());
      } else {
        var _ = makeRoom(now);
        Entry entry = new Entry(each.kept(), each.seenMillis());
        entry.stored.complete(null);
        add(entry);
      }
    }
  }

  @Override
  public synchronized CompletionStage<@Nullable Kept> find(String key) {
    Entry entry = live(key, millis.getAsLong());
    if (entry == null) {
      return NONE;
    }
    Kept found = entry.kept;
    return whenStored(entry).<@Nullable Kept>thenApply(_ -> found);
  }

  @Override
  public synchronized CompletionStage<@Nullable Kept> findByAlias(String alias) {
    String key = keys.get(alias);
    return key == null ? NONE : find(key);
  }

  @Override
  public synchronized CompletionStage<Swapped> swap(byte @Nullable [] seen, Kept next) {
    long now = millis.getAsLong();
    Entry entry = live(next.key(), now);
    byte[] known = entry == null ? null : entry.kept.value();
    if (!Arrays.equals(known, seen)) {
      Swapped other = new Swapped(false, entry == null ? null : entry.kept, 0);
      return entry == null
          ? CompletableFuture.completedFuture(other)
          : whenStored(entry).thenApply(_ -> other);
    }
    String hindrance = obstacle.get();
    if (hindrance != null) {
      return CompletableFuture.failedFuture(new IllegalStateException(hindrance));
    }
    int forgotten = 0;
    if (entry == null) {
      forgotten = makeRoom(now);
      entry = new Entry(next, now);
      add(entry);
    } else {
      rename(entry.kept, next);
      entry.kept = next;
    }
    write(entry, now);
    Swapped done = new Swapped(true, null, forgotten);
    return whenStored(entry).thenApply(_ -> done);
  }

  /// How many records there are.
  public synchronized int size() {
    return ranks.stream().mapToInt(Map::size).sum();
  }

  private static CompletableFuture<@Nullable Void> whenStored(Entry entry) {
    CompletableFuture<@Nullable Void> stored = entry.stored;
    return stored.isDone() ? stored : stored.copy().orTimeout(STORE_MILLIS, TimeUnit.MILLISECONDS);
  }

  // In memory.

  private void add(Entry entry) {
    Kept kept = entry.kept;
    ranks.get(kept.rank()).put(kept.key(), entry);
    if (!kept.alias().isEmpty()) {
      keys.put(kept.alias(), kept.key());
    }
  }

  private void rename(Kept before, Kept now) {
    if (!before.alias().equals(now.alias())) {
      keys.remove(before.alias(), before.key());
      if (!now.alias().isEmpty()) {
        keys.put(now.alias(), now.key());
      }
    }
  }

  private @Nullable Entry live(String key, long now) {
    Entry entry = ranks.getFirst().get(key);
    if (entry == null) {
      entry = ranks.getLast().get(key);
    }
    if (entry == null) {
      return null;
    }
    if (isOver(entry, now)) {
      forget(entry.kept);
      return null;
    }
    entry.seenMillis = now;
    if (now - entry.writtenMillis > settings.graceMillis() && obstacle.get() == null) {
      touch(entry, now);
    }
    return entry;
  }

  private boolean isOver(Entry entry, long now) {
    return now - entry.seenMillis >= settings.lifeMillis();
  }

  /// @return how many went that were not over
  private int makeRoom(long now) {
    for (LinkedHashMap<String, Entry> rank : ranks) {
      while (!rank.isEmpty() && isOver(rank.firstEntry().getValue(), now)) {
        forget(rank.firstEntry().getValue().kept);
      }
    }
    int forgotten = 0;
    while (size() >= settings.capacity()) {
      LinkedHashMap<String, Entry> lowest =
          ranks.getFirst().isEmpty() ? ranks.getLast() : ranks.getFirst();
      forget(lowest.firstEntry().getValue().kept);
      forgotten++;
    }
    return forgotten;
  }

  private void forget(Kept kept) {
    ranks.get(kept.rank()).remove(kept.key());
    keys.remove(kept.alias(), kept.key());
    state.remove(settings.name(), kept.key());
  }

  // In the store.

  private void write(Entry entry, long now) {
    CompletableFuture<@Nullable Void> stored = new CompletableFuture<>();
    entry.stored = stored;
    entry.writtenMillis = now;
    state.put(settings.name(), entry.kept.key(), bytes(entry), () -> stored.complete(null));
  }

  /// Nobody waits for that.
  private void touch(Entry entry, long now) {
    entry.writtenMillis = now;
    state.put(settings.name(), entry.kept.key(), bytes(entry), () -> {});
  }

  private static byte[] bytes(Entry entry) {
    byte[] alias = entry.kept.alias().getBytes(US_ASCII);
    byte[] value = entry.kept.value();
    return ByteBuffer.allocate(HEAD_BYTES + alias.length + value.length)
        .putLong(entry.seenMillis)
        .put((byte) entry.kept.rank())
        .put((byte) alias.length)
        .put(alias)
        .put(value)
        .array();
  }

  private Loaded read(String key, byte[] stored) {
    try {
      ByteBuffer in = ByteBuffer.wrap(stored);
      long seenMillis = in.getLong();
      int rank = in.get();
      byte[] alias = new byte[Byte.toUnsignedInt(in.get())];
      in.get(alias);
      byte[] value = new byte[in.remaining()];
      in.get(value);
      return new Loaded(new Kept(key, new String(alias, US_ASCII), rank, value), seenMillis);
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new IllegalStateException(
          settings.name() + ": damaged record (expected: one of this version)", e);
    }
  }
}
