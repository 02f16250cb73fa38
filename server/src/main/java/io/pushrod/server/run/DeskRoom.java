package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where this server sets up the desks that it takes, and what it reads of all others'.
///
/// **Thread:** the clerk's; answers come on any thread.
interface DeskRoom {
  /// Sets up a desk with all that is stored of it.
  ///
  /// @param opened gets null when the store cannot be asked
  void open(String tenant, Tenure tenure, Consumer<@Nullable Desk> opened);

  /// Takes a desk down: it does nothing any more.
  ///
  /// @param closed runs when all that it wrote down is stored
  void close(Desk desk, Runnable closed);

  /// Reads of all runs that are stored.
  ///
  /// @param each gets a run and who holds it
  /// @param done gets whether all could be read
  void readRuns(BiConsumer<RunView, @Nullable Producer> each, Consumer<Boolean> done);
}
