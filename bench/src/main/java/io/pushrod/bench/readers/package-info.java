/// The verifying readers: one process with one event loop that holds thousands of connections,
/// checks every event and keeps the latency from intended time to receipt. The same process reads
/// from the server and from the floor.
///
/// - It shares no code with the codec module, so that a bug there cannot hide here.
/// - All state of a group belongs to the event loop; commands from stdin run on it.
@NullMarked
package io.pushrod.bench.readers;

import org.jspecify.annotations.NullMarked;
