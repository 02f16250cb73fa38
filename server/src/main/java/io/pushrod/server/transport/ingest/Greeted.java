package io.pushrod.server.transport.ingest;

import io.pushrod.server.log.Producer;
import io.pushrod.server.session.Identity;

/// What a hello has brought.
///
/// @param own whose credential it is
/// @param acting the same, acting for the tenant that the hello names
record Greeted(Identity own, Identity acting, Producer producer, Producers.State state) {}
