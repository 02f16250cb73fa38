package io.pushrod.server.config;

import io.pushrod.codec.EventClass;
import io.pushrod.codec.TopicName;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The class of every event type that we know by name: the resource `event-types.txt`, which says
/// why, with `events.classes` of the operator on top.
final class EventTypes {
  private static final int MAX_TYPE_LENGTH = 128;

  private EventTypes() {}

  /// @return in the order of the table
  static Map<String, EventClass> overlaid(Map<String, Scalar> configured) {
    Map<String, EventClass> classes = shipped();
    configured.forEach(
        (pattern, value) -> {
          EventClass eventClass = find(value.text());
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

  /// Lines of `class type type…`; `#` opens a comment.
  private static Map<String, EventClass> shipped() {
    Map<String, EventClass> classes = new LinkedHashMap<>();
    try (InputStream in = EventTypes.class.getResourceAsStream("event-types.txt")) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n", -1)) {
        if (!line.isBlank() && line.charAt(0) != '#') {
          String[] words = line.strip().split(" +", -1);
          EventClass eventClass = EventClass.valueOf(words[0].toUpperCase(Locale.ROOT));
          for (int i = 1; i < words.length; i++) {
            classes.put(words[i], eventClass);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return classes;
  }

  private static @Nullable EventClass find(String label) {
    for (EventClass each : EventClass.values()) {
      if (each.label().equals(label)) {
        return each;
      }
    }
    return null;
  }

  private static boolean isPattern(String text) {
    String type = text.endsWith("*") ? text.substring(0, text.length() - 1) : text;
    return !text.isEmpty()
        && type.length() <= MAX_TYPE_LENGTH
        && type.chars().allMatch(TopicName::allows);
  }
}
