package io.pushrod.server.storage;

import io.pushrod.server.log.TopicKey;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What is stored of topics, to be read.
///
/// **Thread:** any; answers come on any thread, once each, and must be short there.
public interface TopicStore extends AutoCloseable {
  /// Looks a topic up.
  ///
  /// @param tailBytes of its newest records that come along, about
  void open(TopicKey key, int tailBytes, Consumer<Opened> answer);

  /// Reads records of a topic that is open.
  ///
  /// @param from the first sequence wanted; what retention has dropped is passed over
  /// @param maxBytes the page ends with the record that reaches them
  void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer);

  /// Why something cannot be stored now; null while all can.
  @Nullable String obstacle();

  /// Whether nothing can be stored now, whatever its topic.
  boolean isOut();

  @Override
  void close();

  /// What became of a look-up.
  sealed interface Opened {
    record Found(StoredTopic topic) implements Opened {}

    /// Nothing is stored of this topic.
    record None() implements Opened {}

    /// The store could not be asked; it may be tried again.
    record Failed(String message) implements Opened {}
  }

  /// What became of reading.
  sealed interface Answer {
    record Read(RecordPage page) implements Answer {}

    /// The store could not be asked; it may be tried again.
    record Failed(String message) implements Answer {}
  }
}
