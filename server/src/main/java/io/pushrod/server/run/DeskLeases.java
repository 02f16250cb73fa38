package io.pushrod.server.run;

import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Which server has a tenant's desk, as all servers agree on.
///
/// **Thread:** any; answers come on any thread.
public interface DeskLeases {
  /// @param node that has it
  /// @param fence rises with each that takes it; what a desk stores carries it
  record Holding(String node, long fence) {}

  /// Takes a desk for this server for [#ttlMillis], unless another has it.
  ///
  /// @return who has it now; fails when that cannot be known
  CompletionStage<Holding> take(String tenant);

  /// @return who has it; null for nobody
  CompletionStage<@Nullable Holding> look(String tenant);

  /// @return false when this server has not got it any more
  CompletionStage<Boolean> renew(String tenant, long fence);

  /// Lets the next one take it at once.
  CompletionStage<Void> release(String tenant, long fence);

  long ttlMillis();
}
