package io.pushrod.server.log;

import io.pushrod.codec.EventClass;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The table from type names to classes: exact names, and prefixes written `prefix*`, of which the
/// longest wins.
///
/// **Thread:** any; immutable.
public final class EventTypes {
  private final Map<String, EventType> exact = new HashMap<>();
  private final List<Map.Entry<String, EventClass>> prefixes = new ArrayList<>();

  public EventTypes(Map<String, EventClass> patterns) {
    patterns.forEach(
        (pattern, eventClass) -> {
          if (pattern.endsWith("*")) {
            prefixes.add(Map.entry(pattern.substring(0, pattern.length() - 1), eventClass));
          } else {
            exact.put(pattern, new EventType(pattern, eventClass));
          }
        });
    prefixes.sort(
        Comparator.comparingInt((Map.Entry<String, EventClass> e) -> e.getKey().length())
            .reversed());
  }

  /// Finds or makes the type of a valid name.
  ///
  /// @param hint the publisher's class, which counts only where the table has no entry
  public EventType of(String name, @Nullable EventClass hint) {
    EventType known = exact.get(name);
    if (known != null) {
      return known;
    }
    for (var prefix : prefixes) {
      if (name.startsWith(prefix.getKey())) {
        return new EventType(name, prefix.getValue());
      }
    }
    return new EventType(name, hint == null ? EventClass.PLAIN : hint);
  }
}
