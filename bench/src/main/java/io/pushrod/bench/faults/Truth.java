package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Violation.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What a topic holds, as all readers together saw it.
///
/// **Thread:** one at a time.
final class Truth {
  private final String topic;
  private final boolean logOutlivesProcess;
  private final Consumer<Violation> violations;
  private final Map<Place, String> keys =
      new TreeMap<>(Comparator.comparing(Place::epoch).thenComparingLong(Place::sequence));
  private final Map<String, List<Place>> places = new HashMap<>();

  Truth(String topic, boolean logOutlivesProcess, Consumer<Violation> violations) {
    this.topic = topic;
    this.logOutlivesProcess = logOutlivesProcess;
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
      violate(Kind.ALTERED, place + " is " + key + " and " + known);
    }
  }

  private void addPlace(Place place, String key) {
    List<Place> all = places.computeIfAbsent(key, _ -> new ArrayList<>(1));
    for (Place other : all) {
      if (logOutlivesProcess || other.epoch().equals(place.epoch())) {
        violate(Kind.DUPLICATED, key + " is " + other + " and " + place);
      }
    }
    all.add(place);
  }

  List<Place> places(String key) {
    return places.getOrDefault(key, List.of());
  }

  /// Of every publisher, within every epoch.
  void checkOrder() {
    Map<String, Long> last = new HashMap<>();
    String epoch = "";
    for (Map.Entry<Place, String> each : keys.entrySet()) {
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

  private void violate(Kind kind, String what) {
    violations.accept(new Violation(kind, topic + ": " + what));
  }
}
