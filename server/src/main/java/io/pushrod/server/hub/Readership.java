package io.pushrod.server.hub;

import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import org.jspecify.annotations.Nullable;

/// Which topics exist only for their declared readers, and who these are.
///
/// **Thread:** any; immutable.
///
/// @param owned the topics for which a declaration alone decides
public record Readership(Grants owned) {
  /// Grants decide everywhere.
  public static final Readership NONE = new Readership(Grants.NONE);

  /// Whether a declaration decides who reads the topic; grants decide else.
  public boolean isOwned(String topic) {
    return owned.allows(topic);
  }

  /// Whether grants let `who` read the topic, or leave that to its declaration.
  public boolean mayRead(Identity who, String topic) {
    return isOwned(topic) || who.subscribe().allows(topic);
  }

  /// Whether the declaration, where one is needed, lets `who` read.
  ///
  /// @param log of the topic; null when it has none
  public boolean admits(@Nullable Identity who, String topic, @Nullable TopicLog log) {
    if (!isOwned(topic)) {
      return true;
    }
    Readers readers = log == null ? null : log.readers();
    return who != null
        && readers != null
        && readers.declared()
        && (readers.admits(who.user(), who.roles()) || who.own().allows(topic));
  }
}
