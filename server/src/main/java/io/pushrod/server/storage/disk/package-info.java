/// Topics in a folder of this process: what was acknowledged outlives it.
///
/// One thread writes, everything that waits in one batch of RocksDB at a time; a few threads read.
/// Whoever commits hears of it when the batch is written, or synced, as the deployment asked for. A
/// batch that cannot be written is tried again until it is: its acknowledgement waits.
///
/// RocksDB is known here alone.
@NullMarked
package io.pushrod.server.storage.disk;

import org.jspecify.annotations.NullMarked;
