/// What a benchmark command is made of: processes pinned to a core, the clocks and counters read
/// around a window, and the loads that fill it.
///
/// - A window holds a fixed number of events. It ends when the readers have verified the last of
///   them, so what was delivered is exact and no sampling edge falls into it.
/// - Only processes started here are ever ended, by their handle.
@NullMarked
package io.pushrod.bench.run;

import org.jspecify.annotations.NullMarked;
