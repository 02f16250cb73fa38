package io.pushrod.server.backplane;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Which faults topics have now, so that operators read what lasts, and whether one of them keeps
/// all from being stored.
///
/// **Thread:** any.
final class Health {
  /// By what has it, the fault.
  private final Map<Object, RedisFault> faults = new ConcurrentHashMap<>();

  private final AtomicReference<@Nullable RedisFault> outage = new AtomicReference<>();

  void failed(Object who, RedisFault fault) {
    faults.put(who, fault);
  }

  void succeeded(Object who) {
    if (!faults.isEmpty()) {
      faults.remove(who);
    }
  }

  /// Nothing can be stored any more, until [#endOutage].
  ///
  /// @return whether that is new
  boolean beginOutage(RedisFault fault) {
    return outage.compareAndSet(null, fault);
  }

  void endOutage() {
    outage.set(null);
  }

  /// Whether nothing can be stored, whatever topic.
  boolean isOut() {
    return outage.get() != null;
  }

  /// Why something cannot be stored; null when nothing is known to hinder.
  @Nullable String obstacle() {
    RedisFault out = outage.get();
    if (out != null) {
      return text(out);
    }
    for (RedisFault fault : faults.values()) {
      if (fault.isOutage() || fault == RedisFault.BROKEN) {
        return text(fault);
      }
    }
    return faults.isEmpty() ? null : text(RedisFault.UNKNOWN);
  }

  private static String text(RedisFault fault) {
    return switch (fault) {
      case OUT_OF_MEMORY -> "redis: out of memory";
      case NO_PRIMARY -> "redis: a replica, not the primary";
      case NOT_SAFE -> "redis: does not write, for its disk or for want of replicas";
      case FORBIDDEN -> "redis: refuses the password, or what its user may do";
      case BROKEN -> "redis: a key of a topic holds something else";
      case UNKNOWN, NOT_NOW -> "redis: topics wait for an answer";
    };
  }
}
