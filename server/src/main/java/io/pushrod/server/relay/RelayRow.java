package io.pushrod.server.relay;

import io.pushrod.server.config.RelayConfig;

/// A row of the configuration, ready for use.
///
/// @param name for metrics and log lines: `kdcube/0`, by its place among all rows
/// @param eventBytes the most that a message may have
record RelayRow(String name, RelayConfig config, Producers producers, int eventBytes) {}
