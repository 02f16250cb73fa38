package io.pushrod.server.session;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.server.log.EventType;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Which event types a reader wants. Lifecycle events always pass.
///
/// Equal filters are equal values, so readers that want the same share one fan-out group.
///
/// @param everything admits all types; the sets are empty then
/// @param classes admitted as a whole
/// @param names admitted exactly
/// @param prefixes admitted by how they begin
public record EventFilter(
    boolean everything, Set<EventClass> classes, Set<String> names, Set<String> prefixes) {

  /// The most entries of one filter.
  public static final int MAX_ENTRIES = 64;

  public static final EventFilter ALL = new EventFilter(true, Set.of(), Set.of(), Set.of());
  private static final EventFilter MINIMAL = new EventFilter(false, Set.of(), Set.of(), Set.of());
  private static final EventFilter CHAT =
      new EventFilter(
          false,
          EnumSet.of(EventClass.DELTA, EventClass.SIGNAL),
          Set.of(
              "agent_message",
              "user_message",
              "message",
              "node_start",
              "node_end",
              "step",
              "progress",
              "artifact_written",
              "heartbeat"),
          Set.of());

  /// Parses what a client asks for: nothing or a preset, or type names, `prefix*` and
  /// `class:<class>`.
  ///
  /// @param entries one preset name, or a list; empty means everything
  /// @throws RequestException `BAD_FILTER` for an unknown preset or class, or an entry that cannot
  ///   be a type
  public static EventFilter parse(List<String> entries) {
    if (entries.isEmpty()) {
      return ALL;
    }
    if (entries.size() > MAX_ENTRIES) {
      throw bad(entries.size() + " entries", "at most " + MAX_ENTRIES);
    }
    if (entries.size() == 1) {
      switch (entries.getFirst()) {
        case "all", "debug", "*" -> {
          return ALL;
        }
        case "chat" -> {
          return CHAT;
        }
        case "minimal" -> {
          return MINIMAL;
        }
        default -> {}
      }
    }
    Set<EventClass> classes = EnumSet.noneOf(EventClass.class);
    Set<String> names = new TreeSet<>();
    Set<String> prefixes = new TreeSet<>();
    for (String entry : entries) {
      if (entry.startsWith("class:")) {
        classes.add(classNamed(entry.substring("class:".length())));
      } else if (entry.endsWith("*")) {
        prefixes.add(checked(entry.substring(0, entry.length() - 1), entry));
      } else {
        names.add(checked(entry, entry));
      }
    }
    return new EventFilter(false, classes, names, prefixes);
  }

  public boolean admits(EventType type) {
    if (everything || type.eventClass() == EventClass.LIFECYCLE) {
      return true;
    }
    if (classes.contains(type.eventClass()) || names.contains(type.name())) {
      return true;
    }
    for (String prefix : prefixes) {
      if (type.name().startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  private static EventClass classNamed(String label) {
    for (EventClass eventClass : EventClass.values()) {
      if (eventClass.label().equals(label)) {
        return eventClass;
      }
    }
    throw bad("class:" + label, "class:plain, lifecycle, delta, state or signal");
  }

  private static String checked(String name, String entry) {
    if (!TypeName.isValid(name)) {
      throw bad(entry, "minimal, chat, debug, all, a type, prefix* or class:<class>");
    }
    return name;
  }

  private static RequestException bad(String value, String expected) {
    String shown = value.length() > 64 ? value.substring(0, 64) + "…" : value;
    return new RequestException(
        ErrorCode.BAD_FILTER, "filter: " + shown + " (expected: " + expected + ")");
  }
}
