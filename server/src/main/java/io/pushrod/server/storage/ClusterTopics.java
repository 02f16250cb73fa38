package io.pushrod.server.storage;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import org.jspecify.annotations.Nullable;

/// A store that many servers share: it gives the sequences, and tells each server what is appended
/// to the topics that it follows.
///
/// **Thread:** any; callbacks come on the executor of the topic's owner, which the store was given
/// a function for.
public interface ClusterTopics extends TopicStore {
  /// What one server hears of a topic that it follows, in order: first [#onOpened], once or, after
  /// [#onLost], again; then records without holes.
  interface Feed {
    /// @param topic with its tail
    void onOpened(StoredTopic topic);

    /// The next records; those that were there before come never again.
    void onRecords(RecordPage page);

    /// Somebody declared who may read.
    void onDeclared(Readers readers);

    /// The last record was the topic's last.
    void onSealed();

    /// @param record an [io.pushrod.server.log.EventRecord]
    void onSignal(ByteBuf record);

    /// The stored log is another now than the one that was followed: [#onOpened] follows.
    void onLost();
  }

  /// Appends an event to one topic, behind whatever this server appended to that topic before.
  /// Retries by itself while it cannot know whether it was stored.
  ///
  /// @param record an [io.pushrod.server.log.EventRecord], read before this returns
  /// @param answer gets the sequence; 0 for a duplicate or what the log does not keep; or an
  ///   [io.pushrod.server.log.Appended] failure. With it comes the epoch, by [Appending#onAppended]
  ///
  /// @param sender null for a publisher without sequences
  void append(
      TopicKey key, Publication event, ByteBuf record, @Nullable Sender sender, Appending answer);

  /// Who publishes.
  ///
  /// @param sequence the producer's own; at least 1
  record Sender(Producer producer, long sequence) {}

  /// Hears what became of an event.
  interface Appending {
    void onAppended(long outcome, long epoch);

    /// Whether it need not be stored any more, as its publisher will come with it again: what is
    /// not on its way is answered as not stored.
    default boolean isAbandoned() {
      return false;
    }
  }

  /// Declares who may read a topic, in order with what is appended.
  ///
  /// @param answer gets 0, also for a duplicate, which changes nothing; or a failure. The epoch
  ///   that comes with it is 0
  /// @param sender null for a publisher without sequences
  void declare(TopicKey key, Readers readers, @Nullable Sender sender, Appending answer);

  /// Passes a signal to those that follow the topic now.
  void signal(TopicKey key, ByteBuf record);

  /// Follows a topic from now on; one that is not there begins, with an epoch and nothing else.
  ///
  /// @param tailBytes of its newest records that come with [Feed#onOpened], about
  void follow(TopicKey key, int tailBytes, Feed feed);

  /// Follows it no longer; no call comes after this returns on the topic's executor.
  void unfollow(TopicKey key);

  /// Whether so much waits to be stored that nothing more should be published.
  boolean isFull();
}
