package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Fault.Kind;
import io.pushrod.bench.faults.Fault.Link;
import io.pushrod.bench.faults.Fault.Victim;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/// Which fault comes when: a pure function of a seed and of what there is to be hurt.
///
/// @param faults in the order of their beginnings; at most [#MOST_AT_ONCE] are there at a time, and
///   no target has two
record Schedule(List<Fault> faults) {
  /// Faults that overlap.
  static final int MOST_AT_ONCE = 3;

  private static final int LEAST_MILLIS = 100;
  private static final int MOST_MILLIS = 3_000;

  /// What is frozen, or a server whose clock is off, is so for a while; longer than heartbeats.
  private static final int LONG_MILLIS = 6_000;

  private static final Set<Kind> LONG =
      Set.of(Kind.FREEZE_SERVER, Kind.FREEZE_WORKER, Kind.FREEZE_REDIS, Kind.JUMP_CLOCK);

  /// Of a target between two faults, in which it may start and catch up.
  static final int REST_MILLIS = 2_500;

  private static final int MOST_DELAY_MILLIS = 400;
  private static final int MOST_JUMP_MILLIS = 10 * 60 * 1_000;

  Schedule {
    faults = List.copyOf(faults);
  }

  /// What there is to be hurt.
  ///
  /// @param kinds that can be done here
  /// @param links that a proxy of ours is on
  /// @param servers from 1
  record Ground(List<Kind> kinds, List<Link> links, int servers) {
    Ground {
      kinds = List.copyOf(kinds);
      links = List.copyOf(links);
    }
  }

  /// @param count of faults; every kind comes about as often, and once at least where there is room
  /// @param overMillis in which they begin, about
  static Schedule of(long seed, int count, long overMillis, Ground ground) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Kind> kinds = new ArrayList<>();
    while (kinds.size() < count) {
      kinds.addAll(shuffled(ground.kinds, random));
    }
    long[] laneEnds = new long[MOST_AT_ONCE];
    Map<String, Long> targetEnds = new HashMap<>();
    long meanMillis = (LEAST_MILLIS + MOST_MILLIS) / 2;
    long gapMillis = Math.max(200, overMillis * MOST_AT_ONCE / count - meanMillis);
    List<Fault> faults = new ArrayList<>();
    for (Kind kind : kinds.subList(0, count)) {
      int lane = firstFree(laneEnds);
      long gap = random.nextLong(2 * gapMillis);
      Fault drawn = draw(kind, random, ground);
      long at = Math.max(laneEnds[lane] + gap, targetEnds.getOrDefault(drawn.target(), 0L));
      Fault fault =
          new Fault(0, kind, at, drawn.forMillis(), drawn.node(), drawn.link(), drawn.amount());
      laneEnds[lane] = fault.endMillis();
      targetEnds.put(fault.target(), fault.endMillis() + REST_MILLIS);
      faults.add(fault);
    }
    faults.sort(Comparator.comparingLong(Fault::atMillis));
    return new Schedule(numbered(faults));
  }

  private static List<Kind> shuffled(List<Kind> kinds, SplittableRandom random) {
    List<Kind> left = new ArrayList<>(kinds);
    List<Kind> shuffled = new ArrayList<>();
    while (!left.isEmpty()) {
      shuffled.add(left.remove(random.nextInt(left.size())));
    }
    return shuffled;
  }

  private static int firstFree(long[] laneEnds) {
    int first = 0;
    for (int i = 1; i < laneEnds.length; i++) {
      first = laneEnds[i] < laneEnds[first] ? i : first;
    }
    return first;
  }

  /// All but its time.
  private static Fault draw(Kind kind, SplittableRandom random, Ground ground) {
    int node = random.nextInt(ground.servers);
    Link link =
        kind.victim == Victim.LINK
            ? ground.links.get(random.nextInt(ground.links.size()))
            : Link.READERS;
    long millis = random.nextLong(LEAST_MILLIS, LONG.contains(kind) ? LONG_MILLIS : MOST_MILLIS);
    long amount =
        switch (kind) {
          case DELAY -> random.nextLong(1, MOST_DELAY_MILLIS);
          case JUMP_CLOCK -> random.nextLong(-MOST_JUMP_MILLIS, MOST_JUMP_MILLIS);
          default -> random.nextLong(2);
        };
    return new Fault(0, kind, 0, millis, node, link, amount);
  }

  private static List<Fault> numbered(List<Fault> faults) {
    List<Fault> numbered = new ArrayList<>();
    for (Fault each : faults) {
      numbered.add(
          new Fault(
              numbered.size() + 1,
              each.kind(),
              each.atMillis(),
              each.forMillis(),
              each.node(),
              each.link(),
              each.amount()));
    }
    return numbered;
  }
}
