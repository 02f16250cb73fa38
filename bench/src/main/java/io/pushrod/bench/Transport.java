package io.pushrod.bench;

import java.util.Locale;

/// How readers are connected.
public enum Transport {
  WS,
  SSE;

  /// @throws IllegalArgumentException for anything but a name in any case
  public static Transport of(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
