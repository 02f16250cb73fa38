package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisException;
import io.netty.channel.ConnectTimeoutException;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RedisServer;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What operators read when Redis cannot be used.
class ObstacleTest {
  private final RedisServer redis = RedisServer.start("");

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();

  private RedisLink open() {
    return RedisLink.open(RedisSettings.of(redis.url()));
  }

  /// What a write fails with.
  private static String written(RedisLink link) {
    CompletableFuture<String> set =
        link.commands().set(new byte[] {'k'}, new byte[] {'v'}).toCompletableFuture();
    return Obstacle.of(set.handle((_, failure) -> failure).join());
  }

  @ParameterizedTest
  @CsvSource({
    "CONFIG SET maxmemory 1, redis: out of memory",
    "CONFIG SET min-replicas-to-write 3, redis: too few replicas",
    "REPLICAOF 127.0.0.1 1, 'redis: a replica, not the primary'",
    "ACL SETUSER default -set, 'redis: refuses the password, or what its user may do'",
  })
  void saysWhyRedisTakesNothing(String command, String expected) {
    try (RedisLink link = open()) {
      redis.call(command.split(" "));
      assertThat(written(link)).isEqualTo(expected);
    }
  }

  @Test
  void saysThatARedisWhichStandsStillDoesNotAnswer() {
    try (RedisLink link = open()) {
      redis.freeze();
      assertThat(written(link)).isEqualTo(Obstacle.NO_ANSWER);
      redis.thaw();
    }
  }

  @Test
  void saysThatNobodyListens() {
    redis.kill();
    try (RedisLink link = open()) {
      Await.until("refused", () -> Obstacle.REFUSED.equals(link.obstacle()));
      assertThat(written(link)).isEqualTo(Obstacle.NOT_CONNECTED);
    }
  }

  @Test
  void saysThatThePasswordIsWrong() {
    redis.call("CONFIG", "SET", "requirepass", "secret");
    try (RedisLink link = open()) {
      Await.until(
          "refused",
          () -> "redis: refuses the password, or what its user may do".equals(link.obstacle()));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "LOADING Redis is loading the dataset in memory, redis: loading its data",
    "BUSY Redis is busy running a script., redis: busy with a script",
    "CLUSTERDOWN The cluster is down, redis: the cluster is down",
    "MASTERDOWN Link with MASTER is down, redis: a replica without its primary",
    "MISCONF Redis is configured to save RDB snapshots, redis: cannot write to its disk",
    "ERR Error running script: @user_script: 20: OOM command not allowed, redis: out of memory",
    "WRONGTYPE Operation against a key, redis: answers with an error",
  })
  void saysInOtherWordsWhatRedisSays(String error, String expected) {
    assertThat(Obstacle.of(new RedisCommandExecutionException(error))).isEqualTo(expected);
  }

  private static String cause(Throwable cause) {
    return Obstacle.of(new CompletionException(new RedisConnectionException("to x", cause)));
  }

  @Test
  void saysWhatKeepsFromConnecting() {
    assertThat(cause(new UnknownHostException("x"))).isEqualTo("redis: its host is not known");
    assertThat(cause(new SSLHandshakeException("x"))).isEqualTo("redis: TLS fails");
    assertThat(cause(new ConnectTimeoutException("x"))).isEqualTo(Obstacle.NO_ANSWER);
    assertThat(cause(new RedisException("Cannot provide redisAddress using sentinel for x")))
        .isEqualTo("redis: Sentinel names no primary");
  }

  @Test
  void namesNoClassAndQuotesNoUrl() {
    assertThat(Obstacle.of(new RedisException("redis://:secret@host"))).isEqualTo(Obstacle.LOST);
    assertThat(Obstacle.of(new IllegalStateException("redis://:secret@host")))
        .isEqualTo("redis: cannot be used");
  }
}
