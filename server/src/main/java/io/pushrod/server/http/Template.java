package io.pushrod.server.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A route's path: literal segments, `{name}` for one segment, and at most one `{name...}` for one
/// or more.
///
/// Segments are compared and captured after percent-decoding, so `%2F` is part of a segment and
/// never divides one. A capture is never empty.
final class Template {
  private final String text;
  private final List<String> segments;
  private final int tail;

  private Template(String text, List<String> segments, int tail) {
    this.text = text;
    this.segments = segments;
    this.tail = tail;
  }

  /// @throws IllegalArgumentException if the text does not begin with `/` or has two tails
  static Template of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("route: " + text + " (expected: begins with /)");
    }
    List<String> segments = List.of(text.substring(1).split("/", -1));
    int tail = -1;
    for (int i = 0; i < segments.size(); i++) {
      if (segments.get(i).endsWith("...}")) {
        if (tail >= 0) {
          throw new IllegalArgumentException("route: " + text + " (expected: one {name...})");
        }
        tail = i;
      }
    }
    return new Template(text, segments, tail);
  }

  String text() {
    return text;
  }

  boolean isExact() {
    return text.indexOf('{') < 0;
  }

  /// The captures, or null if the path is another one.
  ///
  /// @param path encoded, begins with `/`
  @Nullable Map<String, String> match(String path) {
    String[] parts = path.substring(1).split("/", -1);
    int extra = parts.length - segments.size();
    if (tail < 0 ? extra != 0 : extra < 0) {
      return null;
    }
    Map<String, String> captures = new LinkedHashMap<>();
    int at = 0;
    for (int i = 0; i < segments.size(); i++) {
      int take = i == tail ? extra + 1 : 1;
      if (!accept(segments.get(i), joined(parts, at, take), captures)) {
        return null;
      }
      at += take;
    }
    return captures;
  }

  private static boolean accept(String segment, String part, Map<String, String> captures) {
    if (!segment.startsWith("{")) {
      return segment.equals(part);
    }
    String name = segment.substring(1, segment.length() - (segment.endsWith("...}") ? 4 : 1));
    captures.put(name, part);
    return !part.isEmpty();
  }

  private static String joined(String[] parts, int from, int count) {
    if (count == 1) {
      return Percent.decode(parts[from]);
    }
    List<String> decoded = new ArrayList<>(count);
    for (int i = from; i < from + count; i++) {
      decoded.add(Percent.decode(parts[i]));
    }
    return String.join("/", decoded);
  }
}
