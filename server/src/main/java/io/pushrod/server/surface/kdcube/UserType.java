package io.pushrod.server.surface.kdcube;

import java.util.Locale;

/// What a session may count on, from least to most.
enum UserType {
  ANONYMOUS,
  EXTERNAL,
  REGISTERED,
  PAID,
  PRIVILEGED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// As envelopes and headers spell it.
  String label() {
    return label;
  }
}
