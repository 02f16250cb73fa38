package io.pushrod.server.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {
  private final MemoryBudget budget = new MemoryBudget(1000);

  @Test
  void reservesUpToTheBudgetAndNoFurther() {
    assertTrue(budget.reserve(1000, false));
    assertFalse(budget.reserve(1, false));
    assertEquals(1000, budget.bytes(MemoryPart.LOGS));
    budget.release(400);
    assertTrue(budget.reserve(400, false));
  }

  @Test
  void keepsAHundredthForLifecycleEvents() {
    assertTrue(budget.reserve(1000, false));
    assertTrue(budget.reserve(10, true));
    assertFalse(budget.reserve(1, true));
  }

  @Test
  void leavesLogsLessWhenOutboxesHoldMore() {
    budget.account().add(MemoryPart.OUTBOXES, 300);
    var _ = budget.refresh();
    assertFalse(budget.reserve(701, false));
    assertTrue(budget.reserve(700, false));
    assertEquals(1000, budget.used());
  }

  @Test
  void sumsEachPartOverAllShards() {
    MemoryAccount one = budget.account();
    MemoryAccount other = budget.account();
    one.add(MemoryPart.OUTBOXES, 5);
    other.add(MemoryPart.OUTBOXES, 7);
    other.add(MemoryPart.SHELVES, 3);
    one.add(MemoryPart.OUTBOXES, -5);
    assertEquals(7, budget.bytes(MemoryPart.OUTBOXES));
    assertEquals(3, budget.bytes(MemoryPart.SHELVES));
    assertEquals(0, budget.bytes(MemoryPart.SOCKETS));
  }

  @Test
  void tellsOnceOfALevelEnteredFromBelow() {
    assertTrue(budget.reserve(960, false));
    assertEquals(Pressure.SEVERE, budget.refresh());
    assertNull(budget.refresh());
    budget.release(200);
    assertNull(budget.refresh());
    assertEquals(Pressure.HIGH, budget.pressure());
  }

  @Test
  void countsAsExcessWhatIsAboveTheEndOfSevere() {
    assertTrue(budget.reserve(960, false));
    assertEquals(60, budget.excessBytes());
    budget.release(960);
    assertEquals(0, budget.excessBytes());
  }

  @Test
  void isNeverOverdrawnByShardsThatReserveAtOnce() throws Exception {
    MemoryBudget shared = new MemoryBudget(100_000);
    Callable<Integer> shard =
        () -> {
          int taken = 0;
          while (shared.reserve(7, false)) {
            taken++;
          }
          return taken;
        };
    long taken = 0;
    try (ExecutorService shards = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> all = new ArrayList<>(shards.invokeAll(List.of(shard, shard, shard)));
      for (Future<Integer> one : all) {
        taken += one.get();
      }
    }
    assertEquals(100_000 / 7, taken);
    assertEquals(taken * 7, shared.used());
  }
}
