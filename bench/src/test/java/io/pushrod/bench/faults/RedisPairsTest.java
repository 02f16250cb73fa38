package io.pushrod.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is done to a Redis of several servers is mended when the call returns.
@Timeout(120)
class RedisPairsTest {
  private static final int MAX_SECONDS = 120;

  /// Long enough for a Sentinel to have told all of what it decided.
  private static final long FOR_MILLIS = 2_500;

  @TempDir Path logs;

  @BeforeEach
  void needsARedis() {
    assumeTrue(RedisProcess.isInstalled() || System.getenv("CI") != null, "redis-server");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
  }

  /// A primary and a replica that has the rest.
  private static void assertWhole(RedisPair pair, RedisProcess primary) {
    assertThat(pair.both()).filteredOn(RedisProcess::isPrimary).containsExactly(primary);
    assertThat(pair.both()).filteredOn(RedisProcess::follows).hasSize(1);
  }

  private static RedisProcess other(RedisPair pair, RedisProcess than) {
    return pair.both().get(pair.both().getFirst() == than ? 1 : 0);
  }

  @Test
  void aSentinelHasTheReplicaTakeThePlaceOfWhatIsKilled() throws IOException, InterruptedException {
    try (RedisPairs all = RedisPairs.underSentinel(logs, MAX_SECONDS)) {
      all.start();
      RedisPair pair = all.pair(0);
      RedisProcess first = pair.primary();
      RedisProcess second = other(pair, first);
      assertWhole(pair, first);
      first.tell("SET key kept");
      RedisPair.await("replicated", () -> second.ask("GET key").equals("kept"));

      all.kill(0, FOR_MILLIS);

      assertWhole(pair, second);
      assertThat(first.ask("GET key")).isEqualTo("kept");
      assertThat(all.settings()).anyMatch(each -> each.startsWith("storage.redis.url=redis-s"));

      all.freeze(0, FOR_MILLIS);

      // Who leads is Sentinel's to say: it does not change that twice within some seconds.
      assertWhole(pair, pair.primary());
      assertThat(pair.both()).allMatch(each -> each.ask("GET key").equals("kept"));

      all.fill(0, 1);

      pair.primary().tell("SET key again");
    }
  }

  @Test
  void aClusterHasAllSlotsAgainWhenOneOfItsPrimariesWasKilled()
      throws IOException, InterruptedException {
    try (RedisPairs all = RedisPairs.asCluster(logs, MAX_SECONDS)) {
      all.start();
      RedisPair hurt = all.pair(1);
      RedisProcess replica = other(hurt, hurt.primary());

      all.kill(1, FOR_MILLIS);

      assertWhole(hurt, replica);
      assertThat(all.servers())
          .hasSize(6)
          .allSatisfy(
              each ->
                  assertThat(each.ask("CLUSTER INFO"))
                      .contains("cluster_slots_ok:16384", "cluster_size:3"));
      List<RedisProcess> primaries =
          all.servers().stream().filter(RedisProcess::isPrimary).toList();
      assertThat(primaries).hasSize(3).contains(replica);
    }
  }
}
