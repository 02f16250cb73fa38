package io.pushrod.server.net;

import io.pushrod.server.metrics.ShardMetrics;

/// What one event loop lends to the connections that live on it.
public record LoopContext(ShardMetrics metrics, Deadlines deadlines) {}
