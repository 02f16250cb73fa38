package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// A worker's connection at the desk.
///
/// **Thread:** the desk's shard.
final class Seat {
  final Producer producer;
  final WorkerLink link;

  /// By pattern.
  final Map<String, Consumption> consumptions = new LinkedHashMap<>();

  /// That it holds.
  final Set<Long> leases = new HashSet<>();

  boolean closed;

  Seat(Producer producer, WorkerLink link) {
    this.producer = producer;
    this.link = link;
  }
}
