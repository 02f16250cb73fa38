package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.run.ClusterFixture.Node;
import io.pushrod.server.run.ClusterFixture.Worker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many runs over a wire that loses, doubles and delays, while the desk moves. Each case is named
/// by its seed.
class BadWireTest {
  private static final int RUNS = 60;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void bringsEveryRunToItsEnd(long seed) {
    try (ClusterFixture all = new ClusterFixture(RunSettings.DEFAULT, seed)) {
      Random random = new Random(seed);
      List<Node> nodes = List.of(all.node("a"), all.node("b"), all.node("c"), all.node("d"));
      all.lost = 10;
      all.doubled = 10;
      all.late = 30;
      List<Settling> workers = new ArrayList<>();
      for (Node node : nodes) {
        workers.add(new Settling(node.worker("w-" + node.name).consumes("agent/*", 8)));
      }
      Map<String, List<RunAnswer>> answers = new TreeMap<>();
      for (int i = 0; i < RUNS; i++) {
        String id = "r" + i;
        answers.put(id, nodes.get(random.nextInt(nodes.size())).start("ann", id, "key-" + id));
        if (i % 20 == 10) {
          all.expire();
        }
        workers.forEach(Settling::work);
        all.pass(50 + random.nextInt(100));
      }
      for (int i = 0; i < 300; i++) {
        workers.forEach(Settling::work);
        all.pass(200);
      }
      Set<String> accepted = new HashSet<>();
      answers.forEach(
          (id, said) -> {
            assertThat(said).as("answers of %s with seed %d", id, seed).hasSize(1);
            if (said.getFirst() instanceof RunAnswer.Done) {
              accepted.add(id);
            }
          });
      assertThat(accepted).as("seed %d", seed).hasSizeGreaterThan(RUNS / 2);
      for (String id : accepted) {
        for (Node node : nodes) {
          assertThat(node.status(id))
              .as("%s on %s with seed %d", id, node.name, seed)
              .isNotNull()
              .matches(RunStatus::isTerminal);
        }
      }
      long completed =
          accepted.stream()
              .filter(id -> nodes.getFirst().status(id) == RunStatus.COMPLETED)
              .count();
      assertThat(completed).as("completed with seed %d", seed).isGreaterThan(accepted.size() / 2);
    }
  }

  /// Settles what it was granted.
  private static final class Settling {
    final Worker worker;
    final List<Long> begun = new ArrayList<>();

    Settling(Worker worker) {
      this.worker = worker;
    }

    void work() {
      while (!worker.offers.isEmpty()) {
        Offer offer = worker.offers.remove();
        begun.add(offer.lease());
        worker.seat.accept(offer.lease());
      }
      begun.removeIf(worker.released::contains);
      for (long lease : List.copyOf(begun)) {
        if (worker.granted.contains(lease)) {
          worker.seat.settle(lease, Outcome.COMPLETED, "");
          begun.remove(lease);
        }
      }
      if (!begun.isEmpty()) {
        worker.seat.renew(List.copyOf(begun));
      }
    }
  }
}
