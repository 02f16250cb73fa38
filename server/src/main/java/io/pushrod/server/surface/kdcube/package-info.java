/// KDCube's clients: sessions, a stream of a session's events, and messages to workers.
///
/// - A session is who KDCube's clients say they are, beyond one connection: an anonymous one
///   belongs to an address and user agent, any other to a verified user. Its events lie in the
///   topic `session/<session_id>`, which a stream reads from the moment it is opened; nothing is
///   replayed.
/// - An event is meant for the whole session, or for one stream of it by `target_sid`.
/// - A message becomes events of the session first (`conv_status`, `chat_start`), then a request to
///   the workers' inbox, then the answer to who sent it.
/// - Sessions, conversations and send rates are this server's own, in memory and bounded.
@NullMarked
package io.pushrod.server.surface.kdcube;

import org.jspecify.annotations.NullMarked;
