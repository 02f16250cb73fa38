package io.pushrod.bench.faults;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What keeps the topics of the servers under test.
public enum Backend {
  MEMORY(Durability.OF_THE_PROCESS),
  DISK(Durability.OF_ALL),
  /// One server, which has what it has confirmed when it starts again.
  REDIS(Durability.OF_ALL),
  /// A primary with a replica, which a Sentinel puts in its place.
  SENTINEL(Durability.OF_WHAT_WAS_ACKNOWLEDGED),
  /// A Cluster of three primaries with a replica each.
  CLUSTER(Durability.OF_WHAT_WAS_ACKNOWLEDGED);

  private final Durability durability;

  Backend(Durability durability) {
    this.durability = durability;
  }

  Durability durability() {
    return durability;
  }

  /// Whether several servers can share it.
  public boolean isShared() {
    return this == REDIS || this == SENTINEL || this == CLUSTER;
  }

  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// All of them, for messages.
  public static String labels() {
    return Arrays.stream(values()).map(Backend::label).collect(Collectors.joining(", "));
  }
}
