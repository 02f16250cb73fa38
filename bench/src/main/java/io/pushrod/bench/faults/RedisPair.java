package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Two servers of Redis, of which one is the other's replica; which one is not for us to say.
///
/// What is done to them is mended when they are a primary and a replica that has all of it again:
/// only then is there something that survives the next failure.
///
/// **Thread:** one at a time.
final class RedisPair implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final List<RedisProcess> both;

  RedisPair(RedisProcess one, RedisProcess other) {
    both = List.of(one, other);
  }

  List<RedisProcess> both() {
    return both;
  }

  RedisProcess primary() {
    return both.get(0).isPrimary() ? both.get(0) : both.get(1);
  }

  private RedisProcess other(RedisProcess than) {
    return both.get(0).equals(than) ? both.get(1) : both.get(0);
  }

  /// Kills the primary, and starts it again some time after the replica has taken its place.
  void kill(long millis) throws IOException, InterruptedException {
    RedisProcess killed = primary();
    killed.kill();
    await(other(killed) + " in the place of " + killed, other(killed)::isPrimary);
    TimeUnit.MILLISECONDS.sleep(millis);
    killed.start();
    awaitWhole();
  }

  /// Freezes the primary: for long enough, its replica takes its place, and there are two for a
  /// while.
  void freeze(long millis) throws IOException, InterruptedException {
    RedisProcess frozen = primary();
    frozen.freeze();
    TimeUnit.MILLISECONDS.sleep(millis);
    frozen.thaw();
    awaitWhole();
  }

  void fill(long millis) throws InterruptedException {
    RedisProcess filled = primary();
    filled.limit(SingleRedis.SMALL_BYTES);
    TimeUnit.MILLISECONDS.sleep(millis);
    filled.limit(0);
  }

  void awaitWhole() throws InterruptedException {
    await(both + " as primary and replica", () -> isLedBy(both.get(0)) || isLedBy(both.get(1)));
  }

  private boolean isLedBy(RedisProcess leader) {
    return leader.ask("INFO replication").contains("connected_slaves:1")
        && leader.isPrimary()
        && other(leader).follows();
  }

  static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new BenchException(what + ": not within " + PATIENCE_SECONDS + " s");
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  @Override
  public void close() throws IOException {
    for (RedisProcess each : both) {
      each.close();
    }
  }
}
