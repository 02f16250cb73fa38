package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.storage.RecordTable;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A table that several servers share, in three keys of one hash slot.
///
/// **Thread:** any.
/* Each answer is one script. A call that may have failed is made again until `storage.redis.timeout` is over: a swap stores
 * which call it was, and is known again. Time is Redis's, as clocks of servers differ. */
public final class RedisTable implements RecordTable {
  private static final long AGAIN_MILLIS = 50;
  private static final long MOST_MILLIS = 1_000;
  private static final int CALL_BYTES = 8;
  private static final byte[] KEY = {'k'};
  private static final byte[] ALIAS = {'a'};
  private static final byte[] SEEN = {'s'};
  private static final byte[] NONE = {};

  private final RedisLink link;
  private final StorageConfig.Redis config;
  private final Settings settings;
  private final byte[][] keys;

  public RedisTable(RedisLink link, StorageConfig.Redis config, Settings settings) {
    this.link = link;
    this.config = config;
    this.settings = settings;
    this.keys =
        Stream.of("table", "table-asked", "table-alias")
            .map(kind -> link.key(kind, settings.name()).getBytes(UTF_8))
            .toArray(byte[][]::new);
  }

  @Override
  public CompletionStage<@Nullable Kept> find(String key) {
    return find(key, KEY);
  }

  @Override
  public CompletionStage<@Nullable Kept> findByAlias(String alias) {
    return find(alias, ALIAS);
  }

  private CompletionStage<@Nullable Kept> find(String name, byte[] kind) {
    return run(
            Script.TABLE_FIND,
            name.getBytes(US_ASCII),
            kind,
            Script.number(settings.lifeMillis()),
            Script.number(settings.graceMillis()))
        .<@Nullable Kept>thenApply(
            answer -> answer.isEmpty() ? null : kept(text(answer, 0), answer, 1));
  }

  @Override
  public CompletionStage<Swapped> swap(byte @Nullable [] seen, Kept next) {
    return run(
            Script.TABLE_SWAP,
            next.key().getBytes(US_ASCII),
            next.alias().getBytes(US_ASCII),
            Script.number(next.rank()),
            seen == null ? NONE : SEEN,
            seen == null ? NONE : seen,
            next.value(),
            Script.number(settings.lifeMillis()),
            Script.number(settings.capacity()),
            call())
        .thenApply(answer -> swapped(next.key(), answer));
  }

  private static byte[] call() {
    byte[] random = new byte[CALL_BYTES];
    ThreadLocalRandom.current().nextBytes(random);
    return random;
  }

  private static Swapped swapped(String key, List<Object> answer) {
    if (Script.number(answer, 0) == 1) {
      return new Swapped(true, null, (int) Script.number(answer, 1));
    }
    return new Swapped(false, answer.size() == 1 ? null : kept(key, answer, 1), 0);
  }

  /// @param at where alias, rank and value are
  private static Kept kept(String key, List<Object> answer, int at) {
    return new Kept(
        key, text(answer, at), (int) Script.number(answer, at + 1), Script.bytes(answer, at + 2));
  }

  private static String text(List<Object> answer, int index) {
    return new String(Script.bytes(answer, index), US_ASCII);
  }

  // Calls.

  private CompletableFuture<List<Object>> run(Script script, byte[]... values) {
    CompletableFuture<List<Object>> answer = new CompletableFuture<>();
    attempt(script, values, AGAIN_MILLIS, answer);
    return answer.orTimeout(config.timeoutMillis(), TimeUnit.MILLISECONDS);
  }

  private void attempt(
      Script script, byte[][] values, long againMillis, CompletableFuture<List<Object>> answer) {
    call(script, values)
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                answer.complete(done);
                return;
              }
              RedisFault fault = RedisFault.of(failure);
              if (fault == RedisFault.NO_PRIMARY) {
                link.renew();
              }
              if (passes(fault) && !answer.isDone()) {
                CompletableFuture.delayedExecutor(againMillis, TimeUnit.MILLISECONDS)
                    .execute(
                        () ->
                            attempt(
                                script, values, Math.min(2 * againMillis, MOST_MILLIS), answer));
              } else {
                answer.completeExceptionally(failure);
              }
            });
  }

  /// Whether it may be over soon.
  private static boolean passes(RedisFault fault) {
    return switch (fault) {
      case UNKNOWN, NOT_NOW, NO_PRIMARY, NOT_SAFE -> true;
      case OUT_OF_MEMORY, FORBIDDEN, BROKEN -> false;
    };
  }

  private CompletionStage<List<Object>> call(Script script, byte[][] values) {
    int lane = ThreadLocalRandom.current().nextInt(Integer.MAX_VALUE);
    try {
      return script == Script.TABLE_SWAP && config.waitReplicas() > 0
          ? link.serverOf(keys[0], lane)
              .thenCompose(
                  commands -> Replication.of(config, commands, script.run(commands, keys, values)))
          : script.run(link.commands(lane), keys, values);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }
}
