package io.pushrod.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.bench.faults.Fault.Kind;
import io.pushrod.bench.faults.Fault.Link;
import io.pushrod.bench.faults.Schedule.Ground;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final Ground CLUSTER =
      new Ground(List.of(Kind.values()), List.of(Link.values()), 3);
  private static final long MINUTES_5 = 300_000;

  @Test
  void isTheSameForTheSameSeed() {
    assertThat(Schedule.of(42, 120, MINUTES_5, CLUSTER))
        .isEqualTo(Schedule.of(42, 120, MINUTES_5, CLUSTER));
  }

  @Test
  void isAnotherForAnotherSeed() {
    assertThat(Schedule.of(42, 120, MINUTES_5, CLUSTER))
        .isNotEqualTo(Schedule.of(43, 120, MINUTES_5, CLUSTER));
  }

  @Test
  void hasAsManyFaultsAsWantedInOrder() {
    List<Fault> faults = Schedule.of(1, 120, MINUTES_5, CLUSTER).faults();
    assertThat(faults).hasSize(120);
    assertThat(faults).extracting(Fault::atMillis).isSorted();
    assertThat(faults).extracting(Fault::number).startsWith(1, 2, 3).endsWith(120);
  }

  @Test
  void hasEveryKindAboutAsOften() {
    Map<Kind, Long> counts =
        Schedule.of(7, 10 * Kind.values().length, MINUTES_5, CLUSTER).faults().stream()
            .collect(Collectors.groupingBy(Fault::kind, Collectors.counting()));
    assertThat(counts).hasSize(Kind.values().length);
    assertThat(counts.values()).containsOnly(10L);
  }

  @Test
  void letsATargetRestBetweenTwoFaults() {
    for (long seed = 0; seed < 200; seed++) {
      Map<String, Long> ends = new HashMap<>();
      for (Fault fault : Schedule.of(seed, 100, MINUTES_5, CLUSTER).faults()) {
        assertThat(fault.atMillis())
            .as("%s", fault)
            .isGreaterThanOrEqualTo(ends.getOrDefault(fault.target(), 0L));
        ends.put(fault.target(), fault.endMillis() + Schedule.REST_MILLIS);
      }
    }
  }

  @Test
  void overlapsFaultsButNotManyOfThem() {
    int most = 0;
    for (long seed = 0; seed < 50; seed++) {
      List<Fault> faults = Schedule.of(seed, 100, MINUTES_5, CLUSTER).faults();
      for (Fault fault : faults) {
        long at = fault.atMillis();
        int atOnce =
            (int) faults.stream().filter(f -> f.atMillis() <= at && at < f.endMillis()).count();
        most = Math.max(most, atOnce);
      }
    }
    assertThat(most).isEqualTo(Schedule.MOST_AT_ONCE);
  }

  @Test
  void hurtsNothingThatIsNotThere() {
    Ground foreign = new Ground(List.of(Kind.CUT, Kind.DELAY), List.of(Link.READERS), 1);
    assertThat(Schedule.of(3, 100, MINUTES_5, foreign).faults())
        .allMatch(f -> f.kind() == Kind.CUT || f.kind() == Kind.DELAY)
        .allMatch(f -> f.link() == Link.READERS && f.node() == 0);
  }

  @Test
  void freezesForLongerThanHeartbeatsAndLeases() {
    List<Fault> faults = Schedule.of(11, 400, MINUTES_5, CLUSTER).faults();
    for (Kind kind : List.of(Kind.FREEZE_SERVER, Kind.FREEZE_WORKER, Kind.FREEZE_REDIS)) {
      assertThat(faults)
          .filteredOn(fault -> fault.kind() == kind)
          .anyMatch(fault -> fault.forMillis() > 4_000);
    }
  }

  @Test
  void beginsItsFaultsInAboutTheTimeThatIsThere() {
    List<Fault> faults = Schedule.of(5, 100, MINUTES_5, CLUSTER).faults();
    assertThat(faults.getLast().atMillis()).isBetween(MINUTES_5 / 2, 2 * MINUTES_5);
  }
}
