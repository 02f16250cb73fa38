package io.pushrod.server.run;

import io.pushrod.server.log.Producer;

/// What ties a request to a worker.
///
/// @param producer of the worker: the same after a reconnect, another after a restart
/// @param pattern by which it took the request
record Lease(long number, Work work, Producer producer, String pattern) {}
