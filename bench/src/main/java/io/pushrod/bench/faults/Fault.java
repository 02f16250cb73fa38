package io.pushrod.bench.faults;

import java.util.Locale;

/// Something that goes wrong for a while.
///
/// @param number in its schedule, from 1
/// @param atMillis after the load began; earlier ones may delay it
/// @param forMillis until it is mended, without the time that a process needs to start
/// @param node which server, or whose link; of a Redis of several servers, which of them
/// @param link only of those that happen to one; else [Link#READERS]
/// @param amount of delay in milliseconds, of a clock's jump in milliseconds, else a number whose
///   lowest bit decides between two ways
record Fault(
    int number, Kind kind, long atMillis, long forMillis, int node, Link link, long amount) {

  /// What it happens to.
  enum Victim {
    SERVER,
    WORKER,
    REDIS,
    LINK,
    READERS
  }

  /// What goes wrong.
  enum Kind {
    KILL_SERVER(Victim.SERVER, "kill -9 of a server"),
    DRAIN_SERVER(Victim.SERVER, "SIGTERM of a server"),
    FREEZE_SERVER(Victim.SERVER, "SIGSTOP of a server"),
    JUMP_CLOCK(Victim.SERVER, "clock of a server jumps"),
    FILL_DISK(Victim.SERVER, "disk full"),
    KILL_WORKER(Victim.WORKER, "kill -9 of the worker"),
    FREEZE_WORKER(Victim.WORKER, "SIGSTOP of the worker"),
    KILL_REDIS(Victim.REDIS, "kill -9 of Redis"),
    FREEZE_REDIS(Victim.REDIS, "SIGSTOP of Redis"),
    FILL_REDIS(Victim.REDIS, "Redis out of memory"),
    DELAY(Victim.LINK, "link delayed"),
    TRICKLE(Victim.LINK, "link byte by byte"),
    CUT(Victim.LINK, "link cut"),
    HALF_CLOSE(Victim.LINK, "link half closed"),
    BLACKHOLE(Victim.LINK, "link silent"),
    MOVE_READERS(Victim.READERS, "readers move to another server");

    final Victim victim;
    final String label;

    Kind(Victim victim, String label) {
      this.victim = victim;
      this.label = label;
    }
  }

  /// A connection that faults of the network happen to.
  enum Link {
    READERS,
    PUBLISHERS,
    REDIS;

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// What two faults never have at the same time.
  String target() {
    return switch (kind.victim) {
      case SERVER -> "server " + node;
      case WORKER -> "worker";
      case REDIS -> "redis";
      case LINK -> link.label() + " of server " + node;
      case READERS -> "readers";
    };
  }

  long endMillis() {
    return atMillis + forMillis;
  }

  @Override
  public String toString() {
    return "#%d %s (%s) at %.1f s for %.1f s, %d"
        .formatted(number, kind.label, target(), atMillis / 1e3, forMillis / 1e3, amount);
  }
}
