package io.pushrod.bench;

import java.util.LinkedHashMap;
import java.util.Map;

/// One line of the protocol between the processes of a benchmark: a word, then `key=value` pairs
/// without blanks.
///
/// @param word command or kind of answer
/// @param values the pairs in the order of the line
public record Fields(String word, Map<String, String> values) {
  public static Fields parse(String line) {
    String[] parts = line.strip().split(" +", -1);
    Map<String, String> values = new LinkedHashMap<>();
    for (int i = 0; i < parts.length; i++) {
      int equals = parts[i].indexOf('=');
      if (equals > 0) {
        values.put(parts[i].substring(0, equals), parts[i].substring(equals + 1));
      } else if (i > 0) {
        throw new IllegalArgumentException("line: " + line + " (expected: word key=value …)");
      }
    }
    return new Fields(parts[0].indexOf('=') > 0 ? "" : parts[0], values);
  }

  /// @throws IllegalArgumentException when `key` is absent
  public String text(String key) {
    String value = values.get(key);
    if (value == null) {
      throw new IllegalArgumentException(key + ": absent (expected: " + key + "=…) in " + this);
    }
    return value;
  }

  public long number(String key) {
    return Long.parseLong(text(key));
  }
}
