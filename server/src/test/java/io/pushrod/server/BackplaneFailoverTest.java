package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.Journal;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A primary is killed, and Sentinel puts its replica in its place.
final class BackplaneFailoverTest {
  private final RedisServer primary = RedisServer.start("");
  private final RedisServer replica =
      RedisServer.start("", "--replicaof", "127.0.0.1 " + primary.port());
  private final RedisServer sentinel = RedisServer.sentinel(primary.port());

  @RegisterExtension
  final AfterEachCallback end =
      _ -> {
        sentinel.close();
        replica.close();
        primary.close();
      };

  @RegisterExtension final RunningServer a = new RunningServer(settings());
  @RegisterExtension final RunningServer b = new RunningServer(settings());

  private String[] settings() {
    Await.until(
        "replica follows",
        () -> replica.text("INFO", "replication").contains("master_link_status:up"));
    return new String[] {
      "server.event_loops=2",
      "storage.backend=redis",
      "storage.redis.url=redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#main",
      "storage.redis.wait_replicas=1",
      "storage.redis.reconcile=200ms",
      "storage.redis.timeout=2s"
    };
  }

  @Test
  void losesNothingThatAReplicaHas() {
    WsClient there = b.ws();
    there.subscribe("thread/1", ",\"after\":\"earliest\"");
    try (Journal journal = new Journal(a, "thread/1")) {
      journal.publish(300);
      journal.awaitAcknowledged(100);
      primary.kill();
      journal.publish(100);
      Await.until(
          "another primary", () -> replica.text("INFO", "replication").contains("role:master"));
      replica.call("SET", "there", "1");
      // The new primary has no replica, so nothing is safe there until it has one.
      assertThat(journal.acknowledged()).isLessThan(journal.count());
      primary.begin();
      primary.call("REPLICAOF", "127.0.0.1", "" + replica.port());
      journal.settle();
      journal.holdsAgainst(there, true);
    }
  }
}
