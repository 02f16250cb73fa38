package io.pushrod.server.cli;

import io.pushrod.codec.IdField;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/// An event as one line for people: time, sequence, type, ids, data.
final class EventLine {
  private final DateTimeFormatter time;

  EventLine(ZoneId zone) {
    time = DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(zone);
  }

  String of(FlatJson event) {
    StringBuilder line = new StringBuilder();
    line.append(time.format(Instant.ofEpochMilli(event.number("ts", 0)))).append("  ");
    String first = event.raw("from_seq");
    String sequence = event.raw("seq");
    if (sequence == null) {
      line.append('-');
    } else {
      line.append('#').append(first == null ? "" : first + '-').append(sequence);
    }
    line.append("  ").append(event.text("type"));
    for (IdField field : IdField.values()) {
      String value = event.text(field.label());
      if (value != null) {
        line.append(' ').append(field.label()).append('=').append(value);
      }
    }
    String data = event.raw("data");
    return line.append("  ").append(data == null ? "{}" : data).toString();
  }
}
