package io.pushrod.server.surface.kdcube;

import io.pushrod.server.session.Identity;

/// Who asks: a session, and the credential behind it.
record Visitor(UserSession session, Identity identity) {}
