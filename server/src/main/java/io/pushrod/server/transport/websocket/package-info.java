/// WebSocket (RFC 6455): after the upgrade one lean handler a connection, and frames shared by all
/// readers.
///
/// - Events go out exactly as the log stores them, or compressed once for all of a shard that
///   agreed to permessage-deflate (RFC 7692), which is always without context takeover.
/// - A handler translates only: frames to commands, replies to frames.
@NullMarked
package io.pushrod.server.transport.websocket;

import org.jspecify.annotations.NullMarked;
