package io.pushrod.server.log;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.codec.EventClass;
import io.pushrod.codec.TopicName;

/// One event type by name, with the class that says how its events may be treated.
public final class EventType {
  public static final int MAX_BYTES = 128;

  private final String name;
  private final EventClass eventClass;
  final byte[] ascii;

  EventType(String name, EventClass eventClass) {
    this.name = name;
    this.eventClass = eventClass;
    this.ascii = name.getBytes(US_ASCII);
  }

  /// Whether `name` is 1–128 characters that a topic name may hold too.
  public static boolean isValid(CharSequence name) {
    return name.length() <= MAX_BYTES && TopicName.isValid(name);
  }

  public String name() {
    return name;
  }

  public EventClass eventClass() {
    return eventClass;
  }

  @Override
  public String toString() {
    return name;
  }
}
