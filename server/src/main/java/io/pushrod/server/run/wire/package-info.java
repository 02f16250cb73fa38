/// What servers say to each other over a wire that may lose, double and delay: ordered links, and
/// the primitives of their messages.
///
/// This package knows nothing of runs and of no broker. Links live on one thread, their owner's.
@NullMarked
package io.pushrod.server.run.wire;

import org.jspecify.annotations.NullMarked;
