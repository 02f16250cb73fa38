package io.pushrod.codec;

import java.util.Locale;

/// What happens to a reader whose outbox is full.
public enum OverflowPolicy {
  /// It gets adjacent deltas as one event and of states only the latest; what does not fold is
  /// dropped oldest first.
  FOLD,
  /// It misses the oldest events that it has not got.
  DROP_OLDEST,
  /// It misses the events that come until there is room.
  DROP_NEWEST,
  /// Its connection is closed.
  DISCONNECT;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire and in config.
  public String label() {
    return label;
  }

  /// @throws RequestException `BAD_REQUEST` unless it is a label
  public static OverflowPolicy parse(String text) {
    for (OverflowPolicy policy : values()) {
      if (policy.label.equals(text)) {
        return policy;
      }
    }
    String shown = text.length() > 32 ? text.substring(0, 32) + "…" : text;
    throw new RequestException(
        ErrorCode.BAD_REQUEST,
        "policy: " + shown + " (expected: fold, drop_oldest, drop_newest or disconnect)");
  }
}
