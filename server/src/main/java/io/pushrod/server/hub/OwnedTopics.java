package io.pushrod.server.hub;

import io.pushrod.server.log.LogWatcher;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The topics that a shard owns: where events get their sequences and readers find their log.
///
/// Answers come on the shard, at once where nothing has to be asked for.
///
/// **Thread:** the shard.
interface OwnedTopics {
  /// Appends the publications of `batch` whose topics this shard owns, and tells the readers. The
  /// shard is told by [Shard#done] once all of them are stored.
  void append(Batch batch, Shard origin);

  /// Passes a signal to those who read the first topic of it now.
  void signal(Publication signal, long nowMillis);

  /// Lets `watcher` hear of a topic.
  ///
  /// @param declared whether only a topic whose readers are declared is to be watched; another
  ///   begins to exist if it did not
  /// @param answer gets its log; null when it is not to be had, and nothing was done
  void watch(
      TopicKey key, LogWatcher watcher, boolean declared, Consumer<@Nullable TopicLog> answer);

  void unwatch(TopicKey key, LogWatcher watcher);

  /// Finds the log of a topic, if it has one.
  void find(TopicKey key, Consumer<@Nullable TopicLog> answer);

  /// Brings events that are not in memory into it, for a while.
  ///
  /// @param from the first one
  /// @param done runs when they are there, or could not be had: whoever wants them looks again
  void load(TopicLog log, long from, Runnable done);

  /// Whether so much waits to be stored that nothing more should be published.
  boolean isFull();

  /// Goes on with what waits for memory.
  void retry();

  /// Follows the pressure on memory, a step at a time.
  void squeeze(boolean more);

  /// Trims what got too old, or too much, in a slice of the logs, and drops those that nobody
  /// needs.
  void sweep();

  /// How many topics have a log here. **Thread:** any.
  int topics();

  void close();
}
