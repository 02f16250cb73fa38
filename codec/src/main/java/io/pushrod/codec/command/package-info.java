/// The native dialect's conversation: commands that clients send, and the replies and controls that
/// they get.
///
/// - Commands and controls carry `op`, events carry `type`, nothing carries both.
/// - Fields that are not known are stepped over; a member that is `null` counts as not there,
///   except `data`.
/// - A refusal names the field, what it was and what was expected, and never shows a token or a
///   payload.
@NullMarked
package io.pushrod.codec.command;

import org.jspecify.annotations.NullMarked;
