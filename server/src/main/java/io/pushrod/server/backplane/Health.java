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
      return Obstacle.of(out);
    }
    for (RedisFault fault : faults.values()) {
      if (fault.isOutage() || fault == RedisFault.BROKEN) {
        return Obstacle.of(fault);
      }
    }
    return faults.isEmpty() ? null : Obstacle.of(RedisFault.UNKNOWN);
  }
}
