/// The fault suite: servers, workers and a Redis that are killed, frozen, filled up and cut off
/// while they are published to and read from, and an [io.pushrod.bench.faults.Oracle] that knows
/// what may not have happened meanwhile.
///
/// - What is done when is a pure function of a seed: [io.pushrod.bench.faults.Schedule].
/// - What is right is a pure function of what publishers and readers saw:
///   [io.pushrod.bench.faults.Oracle].
/// - The rest does it: processes of [io.pushrod.bench.faults.Stage], links through an
///   [io.pushrod.bench.faults.Proxy] each, clients of [io.pushrod.bench.faults.Crowd]. Readers
///   share no code with Pushrod's codec.
/// - Only processes that were started here are ever signalled, by their handle.
@NullMarked
package io.pushrod.bench.faults;

import org.jspecify.annotations.NullMarked;
