package io.pushrod.server.run;

import java.util.Locale;

/// Where a run stands, for those who ask.
public enum RunStatus {
  ACCEPTED,
  RUNNING,
  COMPLETED,
  FAILED,
  CANCELLED,
  TIMED_OUT;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }

  public boolean isTerminal() {
    return this != ACCEPTED && this != RUNNING;
  }
}
