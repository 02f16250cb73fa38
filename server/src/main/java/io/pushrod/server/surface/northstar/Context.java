package io.pushrod.server.surface.northstar;

import io.pushrod.server.dialect.NorthstarEvent.Scope;
import org.jspecify.annotations.Nullable;

/// What a request says about itself, checked. Its tenant is the credential's.
///
/// @param user as the credential names it, or else as the request does; `anon` for nobody
/// @param request its id, which readers see as the trace of what it caused
record Context(
    String tenant,
    @Nullable String mode,
    @Nullable String project,
    @Nullable String app,
    @Nullable String surface,
    String user,
    String request) {
  static final String NOBODY = "anon";

  Scope scope() {
    return new Scope(mode, project, app, surface);
  }
}
