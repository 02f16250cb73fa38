package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.e2e.FollowingReader.Over;
import io.pushrod.server.e2e.ThreeNodes.Balancer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Three nodes on one Redis behind a balancer, all as processes, are restarted in turn under load,
/// as docs/guides/rolling-deploy.md says. Nobody who comes back with a cursor notices, and runs go
/// on.
@Timeout(300)
final class RollingDeployTest {
  private static final List<String> TOPICS =
      IntStream.range(0, 4).mapToObj(i -> "thread/" + i).toList();

  /// Acknowledged between two restarts.
  private static final int SOME_EVENTS = 300;

  @TempDir Path folder;

  private final DeployOracle oracle = new DeployOracle();
  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  private <T extends AutoCloseable> T opened(T what) {
    open.add(what);
    return what;
  }

  @ParameterizedTest
  @EnumSource
  void losesNothingWhileAllNodesAreRestartedInTurn(Balancer balancer) throws Exception {
    ThreeNodes cluster = opened(new ThreeNodes(folder));
    cluster.startRedis();
    List<PushrodProcess> nodes = new ArrayList<>();
    for (int node = 0; node < 3; node++) {
      nodes.add(start(cluster, node));
    }
    PushrodProcess front = cluster.start(balancer);
    List<FollowingReader> readers = new ArrayList<>();
    for (String topic : TOPICS) {
      for (Over over : Over.values()) {
        readers.add(opened(FollowingReader.start(oracle, cluster, topic, over)));
      }
    }
    SteadyPublishers publishers = opened(new SteadyPublishers(oracle, cluster, TOPICS));
    publishers.start(2);
    SteadyRuns runs = opened(SteadyRuns.start(oracle, cluster));

    for (int node = 0; node < 3; node++) {
      awaitMore(front);
      nodes.get(node).signal("TERM");
      assertThat(nodes.get(node).exitCode()).as(nodes.get(node)::said).isZero();
      awaitMore(front);
      nodes.set(node, start(cluster, node));
    }
    awaitMore(front);
    publishers.close();
    runs.beginNoMore();
    front.await("readers have all of it", () -> oracle.isComplete() || !oracle.faults().isEmpty());
    front.await("all runs are over", () -> runs.areOver() || !oracle.faults().isEmpty());

    assertThat(oracle.faults()).as("of %d events", oracle.acknowledged()).isEmpty();
    assertThat(runs.faults()).as("of %d runs", runs.count()).isEmpty();
    assertThat(runs.count()).isGreaterThan(20);
    assertThat(publishers.failures()).isEmpty();
    assertThat(publishers.unknown())
        .as("of which a publisher over HTTP does not know")
        .isLessThan(20);
    assertThat(readers.stream().mapToInt(FollowingReader::connections).sum())
        .as("readers were sent from node to node")
        .isGreaterThan(readers.size() + 5);
  }

  /// Started, and ready on its admin port.
  private static PushrodProcess start(ThreeNodes cluster, int node) {
    PushrodProcess process =
        cluster.startNode(node, "drain.window=1s", "quotas.connections_per_user=0");
    process.awaitText("admin=");
    return process;
  }

  private void awaitMore(PushrodProcess front) {
    long events = oracle.acknowledged() + SOME_EVENTS;
    front.await("more events", () -> oracle.acknowledged() >= events);
  }
}
