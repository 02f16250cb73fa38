package io.pushrod.server.surface.runs;

import io.pushrod.server.run.RunView;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Runs that no desk here knows, since workers of another system do them; their events come into
/// their topics while these are read.
///
/// **Thread:** any.
@FunctionalInterface
public interface RunsElsewhere {
  /// There are none.
  RunsElsewhere NONE = (_, _) -> CompletableFuture.completedFuture(null);

  /// Looks for a run.
  ///
  /// @return completed on any thread, with null when there is no such run; failed when it cannot be
  ///   told now
  CompletionStage<@Nullable RunView> find(String tenant, String runId);
}
