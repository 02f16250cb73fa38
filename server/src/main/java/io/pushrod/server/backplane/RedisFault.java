package io.pushrod.server.backplane;

import io.lettuce.core.RedisCommandExecutionException;

/// What a command of a store can fail with, and what is done then: all but one are tried again, by
/// themselves and without end, as they may pass.
enum RedisFault {
  /// No answer, or a connection that broke: whether it was done is not known.
  UNKNOWN,
  /// Done by nobody, soon over: no connection, a failover, a start, a slot on its way, a script
  /// that takes long.
  NOT_NOW,
  /// The server is a replica now.
  NO_PRIMARY,
  /// `maxmemory` is used up, and nothing may be evicted.
  OUT_OF_MEMORY,
  /// Its disk does not take what is to be kept, or too few replicas are there.
  NOT_SAFE,
  /// The password, or what its user may do.
  FORBIDDEN,
  /// A key of ours holds something else, or a script is wrong: it will not pass by itself.
  BROKEN;

  static RedisFault of(Throwable failure) {
    Throwable root = root(failure);
    if (root instanceof RedisLink.NotConnected) {
      return NOT_NOW;
    }
    if (!(root instanceof RedisCommandExecutionException)) {
      return UNKNOWN;
    }
    String text = String.valueOf(root.getMessage());
    int space = text.indexOf(' ');
    return switch (space < 0 ? text : text.substring(0, space)) {
      case "LOADING", "CLUSTERDOWN", "MASTERDOWN", "TRYAGAIN", "BUSY", "MOVED", "ASK" -> NOT_NOW;
      case "READONLY", "UNBLOCKED" -> NO_PRIMARY;
      case "OOM" -> OUT_OF_MEMORY;
      case "NOREPLICAS", "MISCONF" -> NOT_SAFE;
      case "NOAUTH", "NOPERM", "WRONGPASS" -> FORBIDDEN;
      default -> inner(text);
    };
  }

  /// Older servers put what a script's command failed with behind words of their own.
  private static RedisFault inner(String text) {
    if (text.contains("OOM ")) {
      return OUT_OF_MEMORY;
    }
    if (text.contains("READONLY ")) {
      return NO_PRIMARY;
    }
    return text.contains("MISCONF ") || text.contains("NOREPLICAS ") ? NOT_SAFE : BROKEN;
  }

  /// Whether it would meet a write to any other topic as well, and last.
  boolean isOutage() {
    return switch (this) {
      case NO_PRIMARY, OUT_OF_MEMORY, NOT_SAFE, FORBIDDEN -> true;
      case UNKNOWN, NOT_NOW, BROKEN -> false;
    };
  }

  /// Whether Redis has surely not done it.
  boolean isKnown() {
    return this != UNKNOWN;
  }

  static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }
}
