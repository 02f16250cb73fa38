package io.pushrod.server.dialect;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.server.session.EventFilter;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Dockrion's choice of events, as a filter of native types.
///
/// `started`, `complete`, `error` and `cancelled` are mandatory: they are lifecycle events, which
/// pass every filter. Names are exact; there are no patterns.
public final class DockrionFilter {
  private static final String CUSTOM = "custom";
  private static final String CUSTOM_PREFIX = "custom:";

  private static final Set<String> MANDATORY = Set.of("started", "complete", "error", "cancelled");

  /// What each name stands for.
  private static final Map<String, List<String>> NATIVE_TYPES =
      Map.of(
          "token", List.of("token_chunk", "token"),
          "step", List.of("node_start", "node_end", "step"),
          "progress", List.of("progress"),
          "checkpoint", List.of("checkpoint"),
          "heartbeat", List.of("heartbeat"));

  private DockrionFilter() {}

  /// Parses what a person writes: a preset, or names with commas between.
  ///
  /// @throws RequestException `BAD_FILTER`
  public static EventFilter parse(String text) {
    EventFilter preset = presetOrNull(text);
    return preset != null
        ? preset
        : ofNames(Arrays.asList(text.split(",", EventFilter.MAX_ENTRIES + 1)));
  }

  /// @param name `minimal`, `chat`, `debug` or `all`
  /// @throws RequestException `BAD_FILTER` for any other
  public static EventFilter preset(String name) {
    EventFilter preset = presetOrNull(name);
    if (preset == null) {
      throw bad(name, "minimal, chat, debug or all");
    }
    return preset;
  }

  private static @Nullable EventFilter presetOrNull(String name) {
    return switch (name) {
      case "all", "debug" -> EventFilter.ALL;
      case "chat" -> ofNames(List.of("token", "step", "progress", "heartbeat"));
      case "minimal" -> ofNames(List.of());
      default -> null;
    };
  }

  /// @param names of configurable or mandatory events; `custom` for every custom event and
  ///   `custom:<name>` for one. None means mandatory events only
  /// @throws RequestException `BAD_FILTER` for any other name, or more than
  ///   [EventFilter#MAX_ENTRIES]
  public static EventFilter ofNames(List<String> names) {
    if (names.size() > EventFilter.MAX_ENTRIES) {
      throw bad("more than " + EventFilter.MAX_ENTRIES + " names", "fewer");
    }
    Set<String> types = new TreeSet<>();
    Set<String> prefixes = new TreeSet<>();
    for (String name : names) {
      List<String> natives = NATIVE_TYPES.get(name);
      if (natives != null) {
        types.addAll(natives);
      } else if (name.equals(CUSTOM)) {
        prefixes.add(CUSTOM_PREFIX);
      } else if (name.startsWith(CUSTOM_PREFIX)) {
        types.add(checkedCustom(name));
      } else if (!MANDATORY.contains(name)) {
        throw bad(
            name,
            "token, step, progress, checkpoint, heartbeat, custom or custom:<name>; or alone:"
                + " minimal, chat, debug or all");
      }
    }
    if (!prefixes.isEmpty()) {
      types.removeIf(type -> type.startsWith(CUSTOM_PREFIX));
    }
    return new EventFilter(false, EnumSet.noneOf(EventClass.class), types, prefixes);
  }

  private static String checkedCustom(String name) {
    if (name.length() == CUSTOM_PREFIX.length() || !TypeName.isValid(name)) {
      throw bad(name, "custom:<name> with 1-121 of A-Z a-z 0-9 _ . : @ / -");
    }
    return name;
  }

  private static RequestException bad(String value, String expected) {
    String shown = value.length() > 64 ? value.substring(0, 64) + "…" : value;
    return new RequestException(
        ErrorCode.BAD_FILTER, "filter: " + shown + " (expected: " + expected + ")");
  }
}
