/// What the native routes mean: who is let in, what commands do, how publications are checked.
///
/// - Transports translate bytes to commands and replies to bytes; what a command does is here, once
///   for all of them.
/// - The tenant comes from the verified token, never from the request. What a token does not grant
///   answers like what does not exist.
@NullMarked
package io.pushrod.server.surface;

import org.jspecify.annotations.NullMarked;
