/// Where topics outlive the process: the port behind which a disk or a Redis stands.
///
/// A topic's log in memory is then the newest part of what is stored. A store is asked from the
/// shard that owns the topic and answers on any thread; whoever asks goes on on its own loop. What
/// a store has answered as stored is there after a crash, as far as the deployment asked for.
///
/// This package knows no hub and no transport; the stores themselves are in `storage.disk` and
/// `backplane`.
@NullMarked
package io.pushrod.server.storage;

import org.jspecify.annotations.NullMarked;
