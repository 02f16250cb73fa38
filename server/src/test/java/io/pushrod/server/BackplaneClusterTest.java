package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Journal;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisPrimaries;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.ArrayList;
import java.util.List;
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
    List<WsClient> readers = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      WsClient reader = b.ws();
      reader.subscribe("thread/" + i, "");
      readers.add(reader);
    }
    for (int i = 0; i < 20; i++) {
      a.publish("thread/" + i, "note", "{\"n\":" + i + "}");
    }
    for (int i = 0; i < 20; i++) {
      assertThat(Json.number(readers.get(i).nextEvent(), "n")).isEqualTo(i);
    }
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
