package io.pushrod.codec;

import java.util.Locale;

/// An id that an event may carry. Ids travel in the order of these constants.
public enum IdField {
  REQUEST_ID,
  THREAD_ID,
  CANVAS_ID,
  RUN_ID,
  NODE_ID,
  STEP_ID,
  AGENT_ID;

  /// The number of fields, and so the highest code.
  public static final int COUNT = 7;

  public static final int MAX_VALUE_BYTES = 255;

  /// What [#isValid] asks, for errors.
  public static final String RULE = "1-255 printable ASCII characters without \" and \\";

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The number on the ingest wire: 1 for the first constant.
  public int code() {
    return ordinal() + 1;
  }

  /// The field's name in an event's JSON.
  public String label() {
    return label;
  }

  /// Whether an id may be so: 1–255 printable ASCII bytes without `"` and `\`, which JSON needs no
  /// escape for.
  public static boolean isValid(CharSequence value) {
    int length = value.length();
    if (length == 0 || length > MAX_VALUE_BYTES) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (!allows(value.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// Whether a value may hold this character.
  public static boolean allows(int c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  }
}
