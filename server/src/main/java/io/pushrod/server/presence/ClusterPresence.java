package io.pushrod.server.presence;

import io.pushrod.codec.command.PresencePage;
import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;
import java.util.concurrent.CompletionStage;

/// Who is on topics over all servers; each tells what it knows of its own readers.
///
/// What is told of a topic by one thread is taken in its order. Who comes first and who leaves last
/// is said once, by whichever server's change it was.
///
/// **Thread:** any; must not block.
public interface ClusterPresence {
  /// How a user of this server is on a topic now.
  ///
  /// @param stateChanged whether it said something else of itself
  void present(TopicKey topic, PresentUser who, boolean stateChanged);

  /// A user is not there any more, as far as this server knows.
  void gone(TopicKey topic, String user);

  /// How many subscriptions of this server count.
  ///
  /// @param isEmpty whether this server has nobody there, not even one who may come back
  void totals(TopicKey topic, int connections, int anonymous, boolean isEmpty);

  /// Who is there.
  ///
  /// @return fails when that cannot be known now
  CompletionStage<PresencePage> page(TopicKey topic, String after, int limit);
}
