package io.pushrod.codec.ingest;

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

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The number on the wire: 1 for the first constant.
  public int code() {
    return ordinal() + 1;
  }

  /// The field's name in an event's JSON.
  public String label() {
    return label;
  }
}
