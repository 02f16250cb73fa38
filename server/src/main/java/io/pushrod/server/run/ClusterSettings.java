package io.pushrod.server.run;

import java.util.concurrent.TimeUnit;

/// The times and bounds of desks that several servers share.
///
/// @param askNanos whoever wants something of a desk waits no longer
/// @param repeatNanos after this a message to another server that it did not hear is said again
/// @param linkBytes messages that another server has not heard yet
public record ClusterSettings(long askNanos, long repeatNanos, int linkBytes) {
  private static final int LINK_BYTES = 16 * 1024 * 1024;
  private static final long REPEAT_MILLIS = 300;

  public static ClusterSettings within(long askMillis) {
    return new ClusterSettings(
        TimeUnit.MILLISECONDS.toNanos(askMillis),
        TimeUnit.MILLISECONDS.toNanos(REPEAT_MILLIS),
        LINK_BYTES);
  }
}
