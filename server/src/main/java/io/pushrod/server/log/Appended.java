package io.pushrod.server.log;

import io.pushrod.codec.ErrorCode;

/// What [TopicLog#append] returns besides a sequence: numbers below zero.
public final class Appended {
  static final long FRESH = Long.MIN_VALUE;

  public static final long STALE_EPOCH = failed(ErrorCode.STALE_EPOCH);

  /// There is no memory for it now; nothing was noted of it, so that it may be tried again.
  public static final long NO_ROOM = failed(ErrorCode.OVERLOADED);

  private Appended() {}

  /// The code for a publication that was not appended.
  public static long failed(ErrorCode code) {
    return -code.number();
  }

  public static boolean isFailure(long outcome) {
    return outcome < 0;
  }

  /// The error behind a failed outcome.
  public static ErrorCode error(long outcome) {
    return ErrorCode.values()[(int) -outcome - 1];
  }
}
