package io.pushrod.server.surface.kdcube;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where sessions are kept. A session that was not asked for within its life is forgotten.
///
/// **Thread:** any.
interface SessionStore {
  /// A session by its id, which lives on from now.
  @Nullable UserSession find(String id, Moment now);

  /// The session of a fingerprint, a new one if there is none.
  UserSession anonymous(String tenant, String fingerprint, Moment now);

  /// The session of a user, a new one if there is none; type and roles are the latest.
  UserSession user(
      String tenant,
      String user,
      UserType type,
      List<String> roles,
      String fingerprint,
      Moment now);
}
