package io.pushrod.server.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DeadlineWheelTest {
  private static final long TICK = 100_000_000;

  private static class Note extends Deadline {
    final List<Long> calls = new ArrayList<>();
    int drains;

    @Override
    protected void onDeadline(long nowNanos) {
      calls.add(nowNanos);
    }

    @Override
    protected void onDrain() {
      drains++;
    }
  }

  private final DeadlineWheel wheel = new DeadlineWheel(0);

  @Test
  void namesEverythingThatHasADeadline() {
    Note near = new Note();
    Note far = new Note();
    wheel.schedule(near, 1_000_000_000L);
    wheel.schedule(far, 1_000_000_000_000L);
    wheel.schedule(new Note(), 5);
    wheel.advance(200_000_000L);
    assertThat(wheel.all()).containsExactlyInAnyOrder(near, far);
  }

  @Test
  void callsOnceAndNeverEarly() {
    Note note = new Note();
    wheel.schedule(note, 3 * TICK + 1);
    wheel.advance(3 * TICK + 99);
    assertThat(note.calls).isEmpty();
    wheel.advance(4 * TICK);
    wheel.advance(4000 * TICK);
    assertThat(note.calls).containsExactly(4 * TICK);
  }

  @Test
  void waitsThroughWholeTurnsOfTheWheel() {
    Note note = new Note();
    wheel.schedule(note, 1500 * TICK);
    wheel.advance(1499 * TICK);
    assertThat(note.calls).isEmpty();
    wheel.advance(1500 * TICK);
    assertThat(note.calls).hasSize(1);
  }

  @Test
  void movesAndForgets() {
    Note moved = new Note();
    Note forgotten = new Note();
    wheel.schedule(moved, TICK);
    wheel.schedule(moved, 5 * TICK);
    wheel.scheduleEarlier(moved, 9 * TICK);
    wheel.schedule(forgotten, TICK);
    wheel.cancel(forgotten);
    wheel.cancel(forgotten);
    wheel.advance(4 * TICK);
    assertThat(moved.calls).isEmpty();
    wheel.scheduleEarlier(moved, 4 * TICK + 1);
    wheel.advance(5 * TICK);
    wheel.advance(20 * TICK);
    assertThat(moved.calls).containsExactly(5 * TICK);
    assertThat(forgotten.calls).isEmpty();
  }

  @Test
  void letsACallScheduleItselfAndCancelAnother() {
    Note other = new Note();
    Note again =
        new Note() {
          @Override
          protected void onDeadline(long nowNanos) {
            super.onDeadline(nowNanos);
            wheel.cancel(other);
            wheel.schedule(this, nowNanos);
          }
        };
    wheel.schedule(other, TICK);
    wheel.schedule(again, TICK); // stands before the other
    for (int i = 1; i <= 3; i++) {
      wheel.advance(i * TICK);
    }
    assertThat(again.calls).hasSize(3);
    assertThat(other.calls).isEmpty();
  }

  @Test
  void keepsTheOthersWhenACallFails() {
    Note other = new Note();
    Note failing =
        new Note() {
          @Override
          protected void onDeadline(long nowNanos) {
            throw new IllegalStateException("deadline: broken (expected: by this test)");
          }
        };
    wheel.schedule(other, TICK);
    wheel.schedule(failing, TICK);
    assertThatThrownBy(() -> wheel.advance(2 * TICK)).isInstanceOf(IllegalStateException.class);
    wheel.schedule(new Note(), 3 * TICK);
    wheel.advance(3 * TICK);
    assertThat(other.calls).hasSize(1);
  }

  @Test
  void tellsEachOnceThatItDrainsThoughOneFails() {
    List<Note> notes = new ArrayList<>();
    for (int i = 1; i <= 600; i++) {
      Note note =
          new Note() {
            @Override
            protected void onDrain() {
              super.onDrain();
              wheel.schedule(this, 20 * TICK);
              if (notes.getFirst() == this) {
                throw new IllegalStateException("drain: broken (expected: by this test)");
              }
            }
          };
      notes.add(note);
      wheel.schedule(note, i * TICK);
    }
    List<RuntimeException> failures = new ArrayList<>();
    wheel.drain(failures::add);
    assertThat(wheel.isDraining()).isTrue();
    wheel.advance(20 * TICK);
    assertThat(notes).allMatch(note -> note.drains == 1 && note.calls.size() == 1);
    assertThat(failures).hasSize(1);
  }

  @Property(tries = 200)
  void callsEachWithinATickOfItsMoment(@ForAll long seed) {
    Random random = new Random(seed);
    DeadlineWheel any = new DeadlineWheel(seed / 4);
    long now = seed / 4;
    List<Note> notes = new ArrayList<>();
    List<Long> due = new ArrayList<>();
    for (int step = 0; step < 300; step++) {
      if (random.nextBoolean()) {
        notes.add(new Note());
        due.add(now + random.nextLong(2000 * TICK));
        any.schedule(notes.getLast(), due.getLast());
      }
      now += random.nextLong(TICK);
      any.advance(now);
    }
    for (int i = 0; i < 2001; i++) {
      now += TICK;
      any.advance(now);
    }
    for (int i = 0; i < notes.size(); i++) {
      assertThat(notes.get(i).calls).hasSize(1);
      assertThat(notes.get(i).calls.getFirst() - due.get(i)).isBetween(0L, 3 * TICK);
    }
  }
}
