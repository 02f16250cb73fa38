package io.pushrod.codec;

import java.util.Locale;

/// The names under which a client may say where to continue, in a command as in a query.
public enum StartSpelling {
  AFTER,
  STARTING_AFTER,
  SINCE,
  OFFSET,
  LAST_EVENT_ID,
  /// The one that names the first event to get, not the last one seen.
  FROM_SEQUENCE;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire.
  public String label() {
    return label;
  }

  /// Reads a value by this spelling's rule.
  ///
  /// @throws RequestException `BAD_CURSOR` for garbage
  public StartPoint parse(String value) {
    return this == FROM_SEQUENCE ? StartPoint.parseInclusive(value) : StartPoint.parse(value);
  }
}
