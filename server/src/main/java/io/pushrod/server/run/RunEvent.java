package io.pushrod.server.run;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;

/// What happens to a run.
sealed interface RunEvent {
  record Offered(long lease) implements RunEvent {}

  record Accepted(long lease) implements RunEvent {}

  record Refused(long lease, boolean elsewhere, String message) implements RunEvent {}

  /// The worker of an offer is gone.
  record OfferLost(long lease) implements RunEvent {}

  record Renewed(long lease) implements RunEvent {}

  /// @param payload one JSON value, or empty
  record Settled(long lease, Outcome outcome, String payload) implements RunEvent {}

  record CancelWanted(CancelOrder order) implements RunEvent {}

  /// Switched off: it ends now, whatever its worker says.
  record Killed(CancelOrder order) implements RunEvent {}

  /// Time has passed.
  ///
  /// @param emittedMillis when its worker last emitted something; 0 for never
  /// @param nodeMillis since when a node of it runs; 0 for none
  record Tick(long emittedMillis, long nodeMillis) implements RunEvent {}
}
