package io.pushrod.server.config;

import java.util.Map;

/// Options that a dialect alone understands, by key.
///
/// Every method throws an IllegalArgumentException, in the form `options.key: value (expected: …)`,
/// for a value that is not of its kind or out of its bounds.
public record Options(Map<String, String> values) {
  public Options {
    values = Map.copyOf(values);
  }

  /// Any text.
  public String text(String key, String byDefault) {
    return values.getOrDefault(key, byDefault);
  }

  /// A whole number.
  public int whole(String key, int byDefault, int least, int most) {
    String text = text(key, Integer.toString(byDefault));
    return (int) checked(key, text, Units.parseWhole(text), least, most);
  }

  /// A size, such as `25MiB`.
  public long bytes(String key, String byDefault, long least, long most) {
    String text = text(key, byDefault);
    return checked(key, text, Units.parseBytes(text), least, most);
  }

  /// A duration of at least a millisecond, such as `24h`, in milliseconds.
  public long millis(String key, String byDefault) {
    String text = text(key, byDefault);
    long nanos = Units.parseNanos(text);
    return checked(key, text, nanos < 0 ? -1 : nanos / 1_000_000, 1, Long.MAX_VALUE / 1_000_000);
  }

  private static long checked(String key, String text, long value, long least, long most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "options." + key + ": " + text + " (expected: " + least + "-" + most + ")");
    }
    return value;
  }
}
