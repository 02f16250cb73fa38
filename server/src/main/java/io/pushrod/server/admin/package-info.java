/// What operators and their tools ask a server: is it alive, is it ready, what has it counted.
///
/// - Nothing here needs a token: the admin port listens on loopback unless told otherwise.
/// - A scrape takes a millisecond or so: the admin port has an event loop of its own, which is no
///   shard.
@NullMarked
package io.pushrod.server.admin;

import org.jspecify.annotations.NullMarked;
