/// The routes of runs: Dockrion's REST and streams, over what [io.pushrod.server.run.Desks] does.
///
/// - A run is shown to who started it and to who may read its topic. To anybody else it does not
///   exist.
/// - A stream of a run ends by itself once it has given the run's last event.
/// - Transports bring a stream to its client; what it reads and when it ends is here, once for all
///   of them.
///
/// **Thread:** a request's own loop. What a desk answers comes on the desk's shard and is brought
/// back before anything is done with it.
@NullMarked
package io.pushrod.server.surface.runs;

import org.jspecify.annotations.NullMarked;
