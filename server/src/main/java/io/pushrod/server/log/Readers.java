package io.pushrod.server.log;

import io.pushrod.codec.command.TopicReaders;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Who was declared to read a topic.
///
/// **Thread:** any; immutable.
///
/// @param declared false for a topic whose declaration was withdrawn
public record Readers(boolean declared, Set<String> users, Set<String> roles) {
  public static final Readers WITHDRAWN = new Readers(false, Set.of(), Set.of());

  public Readers {
    users = Set.copyOf(users);
    roles = Set.copyOf(roles);
  }

  /// @param declaration null withdraws
  public static Readers of(@Nullable TopicReaders declaration) {
    return declaration == null
        ? WITHDRAWN
        : new Readers(true, declaration.users(), declaration.roles());
  }

  /// Whether a user with these roles is among them.
  public boolean admits(String user, Set<String> theirRoles) {
    if (users.contains(user)) {
      return true;
    }
    for (String role : roles) {
      if (theirRoles.contains(role)) {
        return true;
      }
    }
    return false;
  }
}
