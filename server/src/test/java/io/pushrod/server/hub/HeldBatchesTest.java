package io.pushrod.server.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Publication;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HeldBatchesTest {
  private final ShardFixture fixture = new ShardFixture(1, ShardFixture.ample());
  private final HeldBatches held = new HeldBatches();
  private final List<Batch> tried = new ArrayList<>();

  @AfterEach
  void stop() {
    held.close();
    fixture.close();
  }

  @Test
  void triesABatchOnlyWhenTheOneBeforeItIsDone() {
    Batch first = hold("p", 1);
    Batch second = hold("p", 1);
    held.retry((batch, _, next) -> attempt(batch, next));
    assertEquals(List.of(first), tried);

    held.retry((batch, _, next) -> attempt(batch, next + 1));
    assertEquals(List.of(first, first, second), tried);
    assertFalse(held.holds("p"));
  }

  @Test
  void letsNoProducerWaitForAnother() {
    Batch stuck = hold("p", 1);
    Batch other = hold("q", 1);
    held.retry((batch, _, next) -> attempt(batch, batch == stuck ? next : next + 1));
    assertEquals(List.of(stuck, other), tried);
    assertTrue(held.holds("p"));
    assertFalse(held.holds("q"));
  }

  @Test
  void goesOnWhereABatchStopped() {
    Batch batch = hold("p", 3);
    List<Integer> from = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      held.retry(
          (_, _, next) -> {
            from.add(next);
            return next + 1;
          });
    }
    assertEquals(3, batch.publications().size());
    assertEquals(List.of(0, 1, 2), from);
    assertFalse(held.holds("p"));
  }

  @Test
  void freesWhatWasNeverAppended() {
    ByteBuf source = Unpooled.directBuffer(8);
    held.add("p", batch(1, source), fixture.shard(0), 0);
    held.close();
    assertEquals(0, source.refCnt());
    assertFalse(held.holds("p"));
  }

  private int attempt(Batch batch, int next) {
    tried.add(batch);
    return next;
  }

  private Batch hold(String producer, int publications) {
    Batch batch = batch(publications, Unpooled.buffer(8));
    held.add(producer, batch, fixture.shard(0), 0);
    return batch;
  }

  private static Batch batch(int publications, ByteBuf source) {
    List<Publication> all = new ArrayList<>();
    for (int i = 0; i < publications; i++) {
      all.add(LogFixture.publication(LogFixture.KEY, "note", "{}"));
    }
    return new Batch(all, source, _ -> {});
  }
}
