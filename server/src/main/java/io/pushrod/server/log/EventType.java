package io.pushrod.server.log;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.codec.EventClass;

/// One event type by name, with the class that says how its events may be treated.
public final class EventType {
  private final String name;
  private final EventClass eventClass;
  final byte[] ascii;

  EventType(String name, EventClass eventClass) {
    this.name = name;
    this.eventClass = eventClass;
    this.ascii = name.getBytes(US_ASCII);
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
