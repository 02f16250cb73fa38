package io.pushrod.server.storage;

import io.pushrod.server.log.TopicKey;

/// A store of this process alone: the shards sequence, it writes down.
///
/// **Thread:** any.
public interface DiskTopics extends TopicStore {
  /// Hears that retention dropped the oldest records of a topic. **Thread:** any.
  interface TrimListener {
    /// @param page is empty, but for [RecordPage#firstStored], below which nothing is stored any
    ///   more, and [RecordPage#shelved], all that is kept of that
    void onTrimmed(TopicKey key, RecordPage page);
  }

  /// Stores all changes of a commit or none, behind all commits before, and tells it then. A commit
  /// that cannot be written waits and is tried again: it never fails, until the store is closed.
  void commit(Commit commit);

  /// Whether so much waits to be written that nothing more should be published, or nothing can be.
  boolean isFull();

  /// Who hears of trimming, to be set before the first commit.
  void onTrim(TrimListener listener);
}
