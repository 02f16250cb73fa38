package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Violation.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One reader's way through one topic, over all its connections: every sequence follows the one
/// before, or a gap says why not.
///
/// **Thread:** one at a time.
final class Reading {
  private record Range(long first, long last) {}

  private final String name;
  private final Durability durability;
  private final Consumer<Violation> violations;
  private final Map<String, List<Range>> received = new HashMap<>();
  private final List<Gap> gaps = new ArrayList<>();

  /// The last that came; null before the first.
  private @Nullable Place at;

  /// @param name of reader and topic, for messages
  Reading(String name, Durability durability, Consumer<Violation> violations) {
    this.name = name;
    this.durability = durability;
    this.violations = violations;
  }

  @Nullable Place at() {
    return at;
  }

  /// @param first of the range that the event stands for; its last when it stands for itself
  void onEvent(String epoch, long first, long last) {
    Place before = at;
    Place wanted = before == null ? new Place(epoch, 1) : next(before);
    if (!wanted.epoch().equals(epoch)) {
      violate(Kind.UNANNOUNCED_GAP, epoch + '-' + first + " came after " + before);
    } else if (first < wanted.sequence()) {
      violate(Kind.DUPLICATED, epoch + '-' + first + " came after " + before);
      if (last < wanted.sequence()) {
        return;
      }
    } else if (first > wanted.sequence()) {
      violate(Kind.UNANNOUNCED_GAP, epoch + '-' + first + " came, not " + wanted);
    }
    keep(epoch, first, last);
    at = new Place(epoch, last);
  }

  void onGap(Gap gap) {
    Place before = at;
    if (before != null && !gap.from().equals(next(before))) {
      violate(Kind.WRONG_GAP, "from " + gap.from() + " after " + before);
    }
    Place to = gap.to();
    if (to != null && !to.equals(gap.next())) {
      violate(Kind.WRONG_GAP, "to " + to + ", then " + gap.next());
    }
    if (to != null && to.sequence() < gap.from().sequence()) {
      violate(Kind.WRONG_GAP, "from " + gap.from() + " to " + to);
    }
    if (to == null && !gap.reason().equals(Gap.EPOCH)) {
      violate(Kind.WRONG_GAP, gap.reason() + " from " + gap.from() + " without an end");
    }
    if (durability == Durability.OF_ALL && gap.reason().equals(Gap.EPOCH)) {
      violate(Kind.WRONG_GAP, "epoch " + gap.from() + " ended, " + gap.next() + " began");
    }
    gaps.add(gap);
    received.computeIfAbsent(gap.from().epoch(), _ -> new ArrayList<>());
    at = gap.next();
  }

  private static Place next(Place place) {
    return new Place(place.epoch(), place.sequence() + 1);
  }

  private void keep(String epoch, long first, long last) {
    List<Range> ranges = received.computeIfAbsent(epoch, _ -> new ArrayList<>());
    if (!ranges.isEmpty() && ranges.getLast().last + 1 == first) {
      ranges.set(ranges.size() - 1, new Range(ranges.getLast().first, last));
    } else {
      ranges.add(new Range(first, last));
    }
  }

  boolean has(Place place) {
    long sequence = place.sequence();
    return received.getOrDefault(place.epoch(), List.of()).stream()
        .anyMatch(range -> range.first <= sequence && sequence <= range.last);
  }

  /// Whether this reader got it from the log that it is at now, not from one that ended since.
  boolean holds(Place place) {
    return isIn(place.epoch()) && has(place);
  }

  boolean isIn(String epoch) {
    return at != null && at.epoch().equals(epoch);
  }

  /// Whether this reader was told that it does not get an event. Of an epoch that it never was at,
  /// it was told so when the log that it read ended.
  boolean wasToldOf(Place place) {
    return received.containsKey(place.epoch())
        ? gaps.stream().anyMatch(gap -> gap.covers(place))
        : lostAnEpoch();
  }

  /// The same of an event that nobody got, and of which no epoch is known therefore.
  boolean wasToldOf(long sequence) {
    return lostAnEpoch() || gaps.stream().anyMatch(gap -> gap.coversSequence(sequence));
  }

  boolean lostAnEpoch() {
    return gaps.stream().anyMatch(gap -> gap.to() == null);
  }

  private void violate(Kind kind, String what) {
    violations.accept(new Violation(kind, name + ": " + what));
  }

  @Override
  public String toString() {
    return name + " at " + at;
  }
}
