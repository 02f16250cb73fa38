package io.pushrod.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RelayedRunTest {
  private final RelayedRun run = new RelayedRun();

  private static Relayed event(long sequence) {
    return event(sequence, false);
  }

  private static Relayed event(long sequence, boolean last) {
    return new Relayed("token_chunk", "", Unpooled.EMPTY_BUFFER, 0, sequence, last);
  }

  private static List<Relayed> events(long first, long last) {
    return LongStream.rangeClosed(first, last).mapToObj(RelayedRunTest::event).toList();
  }

  private RelayedRun.Step live(Relayed event) {
    return Objects.requireNonNull(run.onLive(event));
  }

  private static List<Long> next(RelayedRun.@Nullable Step step) {
    return step == null ? List.of() : step.next().stream().map(Relayed::sequence).toList();
  }

  @Test
  void nothingGoesBeforeTheStreamWasRead() {
    RelayedRun.Step step = live(event(3));
    assertThat(next(step)).isEmpty();
    assertThat(step.wantsStream()).isTrue();
    assertThat(next(run.onRead(events(1, 2), true))).containsExactly(1L, 2L, 3L);
  }

  @Test
  void aStreamThatWasTrimmedBeginsWithWhatItHas() {
    assertThat(run.onRead(events(7, 9), true).holes()).isZero();
    assertThat(next(run.onLive(event(10)))).containsExactly(10L);
  }

  @Test
  void aHoleAsksForTheStreamTwiceAndIsPassedOverThen() {
    next(run.onRead(events(1, 1), true));
    assertThat(live(event(4)).wantsStream()).isTrue();
    assertThat(run.onRead(List.of(), true).wantsStream()).isTrue();
    RelayedRun.Step given = run.onRead(List.of(), true);
    assertThat(next(given)).containsExactly(4L);
    assertThat(given.holes()).isEqualTo(2);
    assertThat(given.wantsStream()).isFalse();
    assertThat(run.onLive(event(2))).as("too late").isNull();
  }

  @Test
  void aHoleIsNotWaitedForForEver() {
    next(run.onRead(events(1, 1), true));
    List<Long> heard = new ArrayList<>();
    for (long i = 3; i < 2000; i++) {
      heard.addAll(next(run.onLive(event(i))));
    }
    assertThat(heard).isNotEmpty().isSorted();
  }

  @Test
  void nothingFollowsTheFirstEnd() {
    next(run.onRead(List.of(), true));
    run.onLive(event(2));
    RelayedRun.Step step = live(event(1, true));
    assertThat(next(step)).containsExactly(1L);
    assertThat(step.late()).isEqualTo(1);
    assertThat(run.isOver()).isTrue();
    assertThat(run.waitingBytes()).isZero();
    assertThat(live(event(3)).late()).isEqualTo(1);
    assertThat(next(run.onRead(events(1, 5), true))).isEmpty();
  }

  /// A producer publishes each event and stores it later; the channel is heard from some moment on,
  /// and the stream is read now and then.
  @Property
  void everyEventGoesOnceAndInOrder(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 60) int count) {
    Random random = new Random(seed);
    RelayedRun joined = new RelayedRun();
    List<Long> heard = new ArrayList<>();
    int published = random.nextInt(count + 1);
    int stored = random.nextInt(published + 1);
    int read = 0;
    while (stored < count || heard.size() < count) {
      int what = random.nextInt(3);
      if (what == 0 && published < count && published - stored < 3) {
        published++;
        heard.addAll(next(joined.onLive(event(published))));
      } else if (what == 1 && stored < published) {
        stored++;
      } else if (what == 2 && stored == published) {
        int page = Math.min(stored - read, 1 + random.nextInt(8));
        boolean complete = read + page == stored && random.nextBoolean();
        heard.addAll(next(joined.onRead(events(read + 1, read + page), complete)));
        read += page;
      }
    }
    assertThat(heard).isEqualTo(LongStream.rangeClosed(1, count).boxed().toList());
    assertThat(joined.waitingBytes()).isZero();
  }
}
