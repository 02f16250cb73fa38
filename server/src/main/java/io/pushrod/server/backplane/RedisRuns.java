package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.RunStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Desks' records as two hashes a tenant, in one hash slot with the desk's lease.
///
/// **Thread:** any.
/* One call a tenant is under way; what comes meanwhile goes along with the next. A call that may have failed is made again:
 * it does no more twice than once. Each call says under which lease it is made, and does nothing when that is over. */
public final class RedisRuns implements RunStore {
  private static final int CALL_RECORDS = 128;
  private static final int CALL_BYTES = 1 << 20;
  private static final long AGAIN_MILLIS = 100;
  private static final byte[] PUT = {'p'};
  private static final byte[] REMOVE = {'r'};
  private static final byte[] NOTHING = {};

  private static final String STORE =
      """
      if redis.call('GET', KEYS[1]) ~= ARGV[1] then
        return 0
      end
      for i = 2, #ARGV, 4 do
        local shelf = KEYS[tonumber(ARGV[i + 1])]
        if ARGV[i] == 'p' then
          redis.call('HSET', shelf, ARGV[i + 2], ARGV[i + 3])
        else
          redis.call('HDEL', shelf, ARGV[i + 2])
        end
      end
      return 1
      """;

  /// @param record null to remove
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Change(
      String owner, Shelf shelf, String key, byte @Nullable [] record, Runnable stored) {
    int size() {
      return key.length() + (record == null ? 0 : record.length);
    }
  }

  /// What waits of one tenant, under its own lock.
  private final class Lane {
    final String tenant;
    private final ArrayDeque<Change> waiting = new ArrayDeque<>();
    private boolean busy;
    private boolean named;

    Lane(String tenant) {
      this.tenant = tenant;
    }

    synchronized void add(Change change) {
      waiting.add(change);
      proceed();
    }

    private void proceed() {
      if (busy || waiting.isEmpty()) {
        return;
      }
      busy = true;
      if (!named) {
        name(tenant).whenComplete((_, failure) -> onNamed(failure));
        return;
      }
      List<Change> call = next();
      List<byte[]> values = new ArrayList<>(1 + 4 * call.size());
      values.add(call.getFirst().owner().getBytes(UTF_8));
      for (Change each : call) {
        byte[] record = each.record();
        values.add(record == null ? REMOVE : PUT);
        values.add(new byte[] {(byte) ('2' + each.shelf().ordinal())});
        values.add(each.key().getBytes(UTF_8));
        values.add(record == null ? NOTHING : record);
      }
      Scripts.evalSafely(
              link,
              STORE,
              List.of(
                  DeskLocks.key(link, tenant), hash(tenant, Shelf.OPEN), hash(tenant, Shelf.ENDED)),
              values.toArray(byte[][]::new))
          .whenComplete((done, failure) -> onStored(call, done, failure));
    }

    private List<Change> next() {
      List<Change> call = new ArrayList<>();
      String owner = waiting.element().owner();
      int bytes = 0;
      for (Change each : waiting) {
        bytes += each.size();
        if (!each.owner().equals(owner)
            || call.size() == CALL_RECORDS
            || (bytes > CALL_BYTES && !call.isEmpty())) {
          break;
        }
        call.add(each);
      }
      return call;
    }

    private synchronized void onNamed(@Nullable Throwable failure) {
      if (failure == null) {
        named = true;
        busy = false;
        proceed();
      } else {
        again();
      }
    }

    private void onStored(List<Change> call, @Nullable Long done, @Nullable Throwable failure) {
      if (failure != null || done == null) {
        again();
        return;
      }
      synchronized (this) {
        for (int i = 0; i < call.size(); i++) {
          waiting.remove();
        }
      }
      if (done == 1) {
        call.forEach(change -> change.stored().run());
      } else {
        metrics.count(Counter.RUNS_FENCED, call.size());
      }
      synchronized (this) {
        busy = false;
        proceed();
      }
    }

    private void again() {
      if (!lifetime.closed) {
        later.execute(
            () -> {
              synchronized (this) {
                busy = false;
                proceed();
              }
            });
      }
    }
  }

  /// How long the store is there, for all views of it.
  private static final class Lifetime {
    volatile boolean closed;
  }

  private final RedisLink link;
  private final ShardMetrics metrics;
  private final String owner;
  private final Lifetime lifetime;
  private final ConcurrentMap<String, Lane> lanes;
  private final Executor later =
      CompletableFuture.delayedExecutor(AGAIN_MILLIS, TimeUnit.MILLISECONDS);

  public RedisRuns(RedisLink link, ShardMetrics metrics) {
    this(link, metrics, "", new ConcurrentHashMap<>(), new Lifetime());
  }

  private RedisRuns(
      RedisLink link,
      ShardMetrics metrics,
      String owner,
      ConcurrentMap<String, Lane> lanes,
      Lifetime lifetime) {
    this.lifetime = lifetime;
    this.link = link;
    this.metrics = metrics;
    this.owner = owner;
    this.lanes = lanes;
  }

  @Override
  public RunStore under(long fence) {
    return new RedisRuns(link, metrics, DeskLocks.owner(link, fence), lanes, lifetime);
  }

  private byte[] hash(String tenant, Shelf shelf) {
    return link.key(shelf == Shelf.OPEN ? "runs" : "runs-ended", tenant).getBytes(UTF_8);
  }

  private byte[] tenants() {
    return link.key("tenants", "runs").getBytes(UTF_8);
  }

  private CompletableFuture<Long> name(String tenant) {
    try {
      return link.commands().sadd(tenants(), tenant.getBytes(UTF_8)).toCompletableFuture();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void put(String tenant, Shelf shelf, String key, byte[] record, Runnable stored) {
    lane(tenant).add(new Change(owner, shelf, key, record, stored));
  }

  @Override
  public void remove(String tenant, Shelf shelf, String key) {
    lane(tenant).add(new Change(owner, shelf, key, null, () -> {}));
  }

  private Lane lane(String tenant) {
    return lanes.computeIfAbsent(tenant, Lane::new);
  }

  @Override
  public void load(String tenant, Shelf shelf, Consumer<Loaded> answer) {
    try {
      link.commands()
          .hgetall(hash(tenant, shelf))
          .whenCompleteAsync(
              (records, failure) ->
                  answer.accept(
                      failure != null
                          ? new Loaded.Failed(String.valueOf(failure.getMessage()))
                          : new Loaded.Records(texts(records))));
    } catch (RuntimeException e) {
      answer.accept(new Loaded.Failed(String.valueOf(e.getMessage())));
    }
  }

  private static Map<String, byte[]> texts(Map<byte[], byte[]> records) {
    Map<String, byte[]> byKey = new HashMap<>();
    records.forEach((key, record) -> byKey.put(new String(key, UTF_8), record));
    return byKey;
  }

  /// Tried again until Redis answers.
  @Override
  public void tenants(Consumer<Set<String>> answer) {
    try {
      link.commands()
          .smembers(tenants())
          .whenComplete(
              (all, failure) -> {
                if (failure == null) {
                  answer.accept(names(all));
                } else {
                  tenantsLater(answer);
                }
              });
    } catch (RuntimeException e) {
      tenantsLater(answer);
    }
  }

  private void tenantsLater(Consumer<Set<String>> answer) {
    if (!lifetime.closed) {
      later.execute(() -> tenants(answer));
    }
  }

  private static Set<String> names(Set<byte[]> all) {
    Set<String> names = new HashSet<>();
    all.forEach(name -> names.add(new String(name, UTF_8)));
    return names;
  }

  @Override
  public @Nullable String obstacle() {
    return link.obstacle();
  }

  /// What is not stored is not tried again.
  public void close() {
    lifetime.closed = true;
  }
}
