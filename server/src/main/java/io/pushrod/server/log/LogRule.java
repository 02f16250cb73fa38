package io.pushrod.server.log;

import java.util.function.Predicate;

/// What a log takes from one event on.
public sealed interface LogRule {
  /// From this event on the log stores only such types; the rest is acknowledged without a
  /// sequence.
  record Keep(Predicate<EventType> types) implements LogRule {}

  /// This event is the last that the log takes.
  record Seal() implements LogRule {}
}
