package io.pushrod.server.surface.northstar;

import io.pushrod.server.session.Identity;

/// Who asks, and what was said about it.
record Caller(Identity who, Context context) {}
