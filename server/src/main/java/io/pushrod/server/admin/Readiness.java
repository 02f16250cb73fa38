package io.pushrod.server.admin;

import org.jspecify.annotations.Nullable;

/// Whether this server wants traffic.
@FunctionalInterface
public interface Readiness {
  /// Why it wants none, in one line, or null if it is ready.
  ///
  /// **Thread:** any.
  @Nullable String obstacle();
}
