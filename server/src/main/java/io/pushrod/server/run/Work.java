package io.pushrod.server.run;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import org.jspecify.annotations.Nullable;

/// A request at its desk: one that waits, is offered, or is being done.
///
/// **Thread:** the desk's shard.
abstract class Work {
  final Desk desk;
  final Request request;

  /// What the present lease counts for; null while there is none, or its worker is away.
  @Nullable Consumption by;

  boolean queued;

  Work(Desk desk, Request request) {
    this.desk = desk;
    this.request = request;
  }

  /// Bytes that it holds while it waits.
  final int bytes() {
    return request.payload().length();
  }

  abstract int attempt();

  abstract void onOffered(long lease);

  abstract void onAccepted(long lease);

  abstract void onRefused(long lease, boolean elsewhere, String message);

  /// @param back whether its worker was away, or has a new connection
  abstract void onRenewed(long lease, boolean back);

  abstract void onSettled(long lease, Outcome outcome, String payload);

  /// The connection of its worker is gone.
  abstract void onWorkerGone(long lease);

  /// The desk is taken down: nothing happens to it here any more.
  abstract void abandon();
}
