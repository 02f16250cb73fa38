package io.pushrod.server.cli;

/// How one connection of `tail` ended.
///
/// @param reason one phrase for people
/// @param again whether coming back can help
/// @param waitMillis what the server asks to wait first; 0 when it says nothing
record Ending(String reason, boolean again, long waitMillis) {
  static Ending again(String reason) {
    return new Ending(reason, true, 0);
  }

  static Ending forGood(String reason) {
    return new Ending(reason, false, 0);
  }

  Ending withWait(long millis) {
    return new Ending(reason, again, millis);
  }
}
