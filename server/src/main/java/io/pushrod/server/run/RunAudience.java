package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import org.jspecify.annotations.Nullable;

/// Hears of each change of the runs of a desk.
///
/// **Thread:** the desk's shard.
interface RunAudience {
  RunAudience NOBODY = (_, _) -> {};

  /// @param holder who may publish to it; null for nobody
  void onRun(RunView run, @Nullable Producer holder);
}
