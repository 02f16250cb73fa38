/// Other servers, measured beside Pushrod in the same blocks: the same events, the same readers,
/// the same checks, the same core.
///
/// - A peer is configured as its documentation recommends for speed; each setting and its reason
///   stand with the class that starts it.
/// - Nothing here is needed by Pushrod. A peer that is not installed is named, with how to get it.
/// - A peer carries events of the server under test ([io.pushrod.bench.run.EventShape#event]) as
///   payload and frames them its own way.
@NullMarked
package io.pushrod.bench.peer;

import org.jspecify.annotations.NullMarked;
