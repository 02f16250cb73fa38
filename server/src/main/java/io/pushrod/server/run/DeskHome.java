package io.pushrod.server.run;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where a tenant's desk is, and who waits to know.
///
/// **Thread:** the clerk's.
final class DeskHome {
  final String tenant;

  /// Which server has it; null while nobody is known to.
  @Nullable String node;

  /// Of the last that was known to have it.
  long fence;

  /// Its desk, if this server has it.
  @Nullable HostedDesk hosted;

  /// Whether it is being asked for, or set up.
  boolean asking;

  /// Whether somebody must have it, though nobody here wants anything of it.
  boolean orphaned;

  /// When it may be asked for again.
  long againNanos;

  final ArrayDeque<PendingAsk> waiting = new ArrayDeque<>();

  /// Workers of this server, by number.
  final Map<Long, TravellingSeat> seats = new LinkedHashMap<>();

  DeskHome(String tenant, long nowNanos) {
    this.tenant = tenant;
    this.againNanos = nowNanos;
  }

  boolean isHere() {
    return hosted != null;
  }

  /// Nobody is known to have it now.
  void lose() {
    node = null;
    hosted = null;
    orphaned = true;
    seats.values().forEach(TravellingSeat::detach);
  }
}
