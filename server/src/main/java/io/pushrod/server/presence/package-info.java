/// Who is on a topic: a pure table, told of subscriptions that begin and end.
///
/// - A table belongs to the shard that owns the topic's log; nobody else touches it.
/// - A topic on which nobody counts takes no memory.
/// - A user is listed once, however many connections it has; a connection without user is counted
///   only. Beyond the bound of a topic's list users are counted only, too.
/// - Time is passed in.
@NullMarked
package io.pushrod.server.presence;

import org.jspecify.annotations.NullMarked;
