package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Journal;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisPrimaries;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two servers on a Cluster of three primaries.
final class BackplaneClusterTest {
  private final RedisPrimaries cluster = new RedisPrimaries();

  @RegisterExtension final AfterEachCallback end = _ -> cluster.close();
  @RegisterExtension final RunningServer a = new RunningServer(settings());
  @RegisterExtension final RunningServer b = new RunningServer(settings());

  private String[] settings() {
    return new String[] {
      "server.event_loops=2",
      "storage.backend=redis",
      "storage.redis.cluster=true",
      "storage.redis.url=" + cluster.url(),
      "storage.redis.reconcile=1m",
      "storage.redis.timeout=2s"
    };
  }

  @Test
  void notifiesThroughShardedChannelsOfAllPrimaries() {
    WsClient reader = b.ws();
    for (int i = 0; i < 20; i++) {
      reader.subscribe("thread/" + i, "");
    }
    for (int i = 0; i < 20; i++) {
      a.publish("thread/" + i, "note", "{\"n\":" + i + "}");
    }
    assertThat(reader.nextEvents(20))
        .extracting(each -> Json.number(each, "n"))
        .containsExactlyInAnyOrderElementsOf(LongStream.range(0, 20).boxed().toList());
    assertThat(cluster.servers())
        .allSatisfy(each -> assertThat(each.call("PUBSUB", "SHARDCHANNELS")).isNotEmpty());
  }

  @Test
  void losesNothingWhenAPrimaryIsKilledAndStarted() {
    WsClient there = b.ws();
    there.subscribe("thread/1", ",\"after\":\"earliest\"");
    try (Journal journal = new Journal(a, "thread/1")) {
      for (RedisServer each : cluster.servers()) {
        journal.publish(200);
        journal.awaitAcknowledged(journal.count() - 150);
        each.kill();
        journal.publish(100);
        each.begin();
      }
      journal.settle();
      journal.holdsAgainst(there);
    }
  }
}
