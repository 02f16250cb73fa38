package io.pushrod.server.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.MemoryPart;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.LogFixture;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ShardMemoryTest {
  private static final long BUDGET = 100_000;

  private final MemoryBudget budget = new MemoryBudget(BUDGET);
  private final TopicQuota quota = new TopicQuota(1);
  private final Hub hub = new Hub(budget, quota);
  private final ShardFixture fixture = new ShardFixture(1, ShardFixture.ample(), hub);
  private final TopicKey key = fixture.ownedBy(0);

  @Test
  void givesThePlaceOfATopicBackWhoseFirstEventFoundNoMemory() {
    assertTrue(budget.reserve(BUDGET, false));
    assertTrue(fixture.publish(0, "note", "{}", key));
    assertEquals(0, quota.count("acme"));
    assertNull(fixture.log(key));

    budget.release(BUDGET);
    assertTrue(fixture.publish(0, "note", "{}", key));
    assertEquals(1, quota.count("acme"));
    assertNotNull(fixture.log(key));
    fixture.close();
    assertEquals(0, quota.count("acme"));
    assertEquals(0, budget.bytes(MemoryPart.LOGS));
    assertEquals(0, fixture.usedBytes());
  }

  @Test
  void countsAPublisherThatIsHeldBackOnce() {
    assertTrue(budget.reserve(BUDGET, false));
    var _ = budget.refresh();
    Batch batch = batch(new AtomicBoolean());
    for (int i = 0; i < 3; i++) {
      assertFalse(fixture.shard(0).publish(batch));
    }
    assertEquals(1, fixture.count(Counter.LIMIT_MEMORY_BUDGET));
    batch.discard();
    fixture.close();
  }

  @Test
  void settlesOnlyWhenAHeldBatchIsFreed() {
    assertTrue(budget.reserve(BUDGET, false));
    AtomicBoolean done = new AtomicBoolean();
    assertTrue(fixture.shard(0).publish(batch(done)));
    fixture.run();
    assertFalse(done.get());
    assertFalse(fixture.shard(0).isSettled());
    assertEquals(1, fixture.count(Counter.LIMIT_MEMORY_BUDGET));
    fixture.close();
    assertEquals(0, quota.count("acme"));
  }

  @Test
  void letsALifecycleEventUseTheReserve() {
    assertTrue(budget.reserve(BUDGET - 1_500, false));
    assertTrue(fixture.publish(0, "note", "{}", key));
    assertNull(fixture.log(key));
    assertTrue(fixture.publish(0, "run_end", "{}", key));
    assertNotNull(fixture.log(key));
    fixture.close();
  }

  private Batch batch(AtomicBoolean done) {
    ByteBuf source = Unpooled.buffer(8).writeBytes(new byte[] {'{', '}'});
    Publication publication =
        new Publication(
            new TopicKey[] {key},
            LogFixture.TYPES.of("note", null),
            Publication.NO_IDS,
            0,
            1,
            source,
            0,
            2);
    return new Batch(List.of(publication), new Producer("p", 1), 0, source, _ -> done.set(true));
  }
}
