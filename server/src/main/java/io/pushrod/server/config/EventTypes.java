package io.pushrod.server.config;

import io.pushrod.codec.EventClass;
import io.pushrod.codec.TopicName;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// The class of every event type that we know by name: that of the [EventCatalogue], with
/// `events.classes` of the operator on top.
final class EventTypes {
  private static final int MAX_TYPE_LENGTH = 128;

  private EventTypes() {}

  /// @return in the order of the table
  static Map<String, EventClass> overlaid(Map<String, Scalar> configured) {
    Map<String, EventClass> classes = shipped();
    configured.forEach(
        (pattern, value) -> {
          EventClass eventClass = EventCatalogue.find(value.text());
          if (!isPattern(pattern) || eventClass == null) {
            throw new ConfigException(
                value.origin()
                    + ": events.classes."
                    + pattern
                    + ": "
                    + value.shown()
                    + " (expected: an event type or prefix*, and one of "
                    + String.join(
                        ", ", Arrays.stream(EventClass.values()).map(EventClass::label).toList())
                    + ')');
          }
          classes.put(pattern, eventClass);
        });
    return Collections.unmodifiableMap(classes);
  }

  private static Map<String, EventClass> shipped() {
    Map<String, EventClass> classes = new LinkedHashMap<>();
    for (EventCatalogue.Chapter chapter : EventCatalogue.chapters()) {
      for (EventCatalogue.Entry entry : chapter.entries()) {
        EventClass eventClass = entry.eventClass();
        if (eventClass != null) {
          classes.put(entry.pattern(), eventClass);
        }
      }
    }
    return classes;
  }

  private static boolean isPattern(String text) {
    String type = text.endsWith("*") ? text.substring(0, text.length() - 1) : text;
    return !text.isEmpty()
        && type.length() <= MAX_TYPE_LENGTH
        && type.chars().allMatch(TopicName::allows);
  }
}
