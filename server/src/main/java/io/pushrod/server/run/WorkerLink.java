package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import org.jspecify.annotations.Nullable;

/// A worker's connection, as its desk sees it.
///
/// **Thread:** any; what is called here is done later, in order, on the connection's own shard. A
/// connection that is gone does nothing.
public interface WorkerLink {
  void offer(Offer offer);

  /// The run is the worker's.
  void grant(long lease);

  void cancel(long lease, CancelOrder order);

  /// The lease is over.
  ///
  /// @param code null when the worker settled it and that counts
  void release(long lease, @Nullable ErrorCode code, String message);

  /// The desk has come through half of what made the seat full.
  void onHeard();
}
