package io.pushrod.bench.faults;

import java.util.Locale;

/// What keeps the topics of the servers under test, and so what may happen to an epoch.
public enum Backend {
  MEMORY,
  DISK,
  REDIS;

  /// Whether a topic's log goes on after its process has died: then no gap of reason `epoch` is
  /// right, and a retry is recognised by whoever comes after.
  boolean outlivesProcess() {
    return this != MEMORY;
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
