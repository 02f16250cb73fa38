package io.pushrod.server.backplane;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Which faults topics have now, so that operators read what lasts.
///
/// **Thread:** any.
final class Health {
  /// By what has it, the fault.
  private final Map<Object, RedisFault> faults = new ConcurrentHashMap<>();

  void failed(Object who, RedisFault fault) {
    faults.put(who, fault);
  }

  void succeeded(Object who) {
    if (!faults.isEmpty()) {
      faults.remove(who);
    }
  }

  /// Why nothing can be stored, whatever topic; null when nothing is known to hinder.
  @Nullable String obstacle() {
    for (RedisFault fault : faults.values()) {
      switch (fault) {
        case OUT_OF_MEMORY -> {
          return "redis: out of memory";
        }
        case NO_PRIMARY -> {
          return "redis: a replica, not the primary";
        }
        case NOT_SAFE -> {
          return "redis: does not write, for its disk or for want of replicas";
        }
        case FORBIDDEN -> {
          return "redis: refuses the password, or what its user may do";
        }
        case BROKEN -> {
          return "redis: a key of a topic holds something else";
        }
        case UNKNOWN, NOT_NOW -> {}
      }
    }
    return faults.isEmpty() ? null : "redis: topics wait for an answer";
  }
}
