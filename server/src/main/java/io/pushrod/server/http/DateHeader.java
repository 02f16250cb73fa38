package io.pushrod.server.http;

import io.netty.handler.codec.DateFormatter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;

/// The value of `Date` (RFC 9110 section 6.6.1), formatted once a second.
///
/// **Thread:** any. Threads that race format the same second twice; the pair they share is
/// immutable.
final class DateHeader {
  private record Formatted(long second, String text) {}

  private final InstantSource clock;
  private Formatted latest = new Formatted(Long.MIN_VALUE, "");

  DateHeader(InstantSource clock) {
    this.clock = clock;
  }

  String value() {
    long second = clock.instant().getEpochSecond();
    Formatted known = latest;
    if (known.second() != second) {
      known = new Formatted(second, DateFormatter.format(Date.from(Instant.ofEpochSecond(second))));
      latest = known;
    }
    return known.text();
  }
}
