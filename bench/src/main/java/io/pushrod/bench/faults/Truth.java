package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/// What a topic holds, as all readers together saw it.
///
/// Where a failover may take back what was not acknowledged, an epoch that ended by that may hold
/// two things under one sequence, for different readers, and one thing twice: it ended because of
/// it. That counts only in epochs that go on.
///
/// **Thread:** one at a time.
final class Truth {
  private final String topic;
  private final Durability durability;
  private final Consumer<Violation> violations;
  private final Map<Place, String> keys =
      new TreeMap<>(Comparator.comparing(Place::epoch).thenComparingLong(Place::sequence));
  private final Map<String, List<Place>> places = new HashMap<>();

  /// What is wrong with an epoch unless it ended.
  private final Map<String, List<Violation>> doubts = new HashMap<>();

  Truth(String topic, Durability durability, Consumer<Violation> violations) {
    this.topic = topic;
    this.durability = durability;
    this.violations = violations;
  }

  void add(Place place, Payload payload) {
    if (!payload.isIntact()) {
      violate(Kind.ALTERED, place + ": " + shortened(payload.text()));
      return;
    }
    String key = payload.key();
    String known = keys.putIfAbsent(place, key);
    if (known == null) {
      addPlace(place, key);
    } else if (!known.equals(key)) {
      doubt(place.epoch(), Kind.ALTERED, place + " is " + key + " and " + known);
    }
  }

  private void addPlace(Place place, String key) {
    List<Place> all = places.computeIfAbsent(key, _ -> new ArrayList<>(1));
    for (Place other : all) {
      if (durability == Durability.OF_ALL || other.epoch().equals(place.epoch())) {
        doubt(place.epoch(), Kind.DUPLICATED, key + " is " + other + " and " + place);
      }
    }
    all.add(place);
  }

  List<Place> places(String key) {
    return places.getOrDefault(key, List.of());
  }

  /// Judges what could not be judged as it came.
  ///
  /// @param current the epochs that readers are at
  void judge(Set<String> current) {
    doubts.forEach(
        (epoch, found) -> {
          if (current.contains(epoch)) {
            found.forEach(violations);
          }
        });
    checkOrder(
        epoch -> durability != Durability.OF_WHAT_WAS_ACKNOWLEDGED || current.contains(epoch));
  }

  /// Of every publisher, within every epoch that counts.
  private void checkOrder(Predicate<String> counts) {
    Map<String, Long> last = new HashMap<>();
    String epoch = "";
    for (Map.Entry<Place, String> each : keys.entrySet()) {
      if (!counts.test(each.getKey().epoch())) {
        continue;
      }
      if (!each.getKey().epoch().equals(epoch)) {
        epoch = each.getKey().epoch();
        last.clear();
      }
      Payload payload = Payload.of(each.getValue());
      Long before = last.put(payload.publisher(), payload.number());
      if (before != null && before >= payload.number()) {
        violate(
            Kind.OUT_OF_ORDER,
            each.getKey() + ": " + payload.key() + " came after number " + before);
      }
    }
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + '…';
  }

  private void doubt(String epoch, Kind kind, String what) {
    if (durability == Durability.OF_WHAT_WAS_ACKNOWLEDGED) {
      doubts
          .computeIfAbsent(epoch, _ -> new ArrayList<>())
          .add(new Violation(kind, topic + ": " + what));
    } else {
      violate(kind, what);
    }
  }

  private void violate(Kind kind, String what) {
    violations.accept(new Violation(kind, topic + ": " + what));
  }
}
