package io.pushrod.server.surface.kdcube;

import io.pushrod.server.auth.Credential.Lookup;
import io.pushrod.server.surface.route.Row;
import org.jspecify.annotations.Nullable;

/// KDCube's tenant and project, which are words in envelopes and topics: who is kept apart from
/// whom is decided by the session's tenant.
record Labels(@Nullable String tenant, @Nullable String project) {
  /// What a client says, or else the row.
  static Labels of(Row row, Lookup said) {
    return new Labels(
        Carried.firstSaid(said.first("tenant"), row.option("tenant", "")),
        Carried.firstSaid(said.first("project"), row.option("project", "")));
  }
}
