package io.pushrod.server.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class TallyTest {
  @Test
  void countsUpToTheLimitAndForgetsWhatHasNone() {
    Tally<String> tally = new Tally<>();
    assertThat(tally.take("a", 2)).isTrue();
    assertThat(tally.take("a", 2)).isTrue();
    assertThat(tally.take("a", 2)).isFalse();
    assertThat(tally.take("b", 1)).isTrue();
    tally.giveBack("a");
    assertThat(tally.take("a", 2)).isTrue();
    tally.giveBack("a");
    tally.giveBack("a");
    tally.giveBack("b");
    assertThat(tally.keys()).isZero();
  }

  @Test
  void neverExceedsTheLimitAndEndsEmptyThoughManyThreadsRace() throws InterruptedException {
    Tally<Integer> tally = new Tally<>();
    int limit = 3;
    AtomicInteger[] held =
        IntStream.range(0, 4).mapToObj(_ -> new AtomicInteger()).toArray(AtomicInteger[]::new);
    AtomicInteger exceeded = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      Random random = new Random(t);
      threads.add(Thread.ofPlatform().start(() -> churn(tally, limit, held, exceeded, random)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(exceeded).hasValue(0);
    assertThat(tally.keys()).isZero();
  }

  private static void churn(
      Tally<Integer> tally,
      int limit,
      AtomicInteger[] held,
      AtomicInteger exceeded,
      Random random) {
    List<Integer> mine = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      int key = random.nextInt(held.length);
      if (random.nextBoolean() && tally.take(key, limit)) {
        if (held[key].incrementAndGet() > limit) {
          exceeded.incrementAndGet();
        }
        mine.add(key);
      } else if (!mine.isEmpty()) {
        giveBack(tally, held, mine.removeLast());
      }
    }
    mine.forEach(key -> giveBack(tally, held, key));
  }

  private static void giveBack(Tally<Integer> tally, AtomicInteger[] held, int key) {
    held[key].decrementAndGet();
    tally.giveBack(key);
  }
}
