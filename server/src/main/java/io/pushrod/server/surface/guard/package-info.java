/// Kill switches over HTTP, and the topic in which each set and lift stands.
///
/// **Thread:** a request's own loop; what a [io.pushrod.server.guard.Switchboard] answers comes
/// back to it.
@NullMarked
package io.pushrod.server.surface.guard;

import org.jspecify.annotations.NullMarked;
