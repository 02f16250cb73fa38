package io.pushrod.server.surface.northstar;

import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.hub.Clock;
import org.jspecify.annotations.Nullable;

/// What the conversations of one row have in common.
interface Studio {
  Gate gate();

  Clock clock();

  String env();

  /// How long a first frame is waited for.
  long handshakeNanos();

  /// How long a hello is waited for that need not come.
  long graceNanos();

  /// Whether readers are told who is there and where they stand; the oldest clients know neither.
  boolean saysPresence();

  /// A renderer of what is stored, for one reader; null for the row's.
  @Nullable EventRenderer replay();

  default long nowMillis() {
    return clock().millis();
  }
}
