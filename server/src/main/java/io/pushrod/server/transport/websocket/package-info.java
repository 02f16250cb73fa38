/// WebSocket (RFC 6455): after the upgrade one lean handler a connection, and frames shared by all
/// readers.
///
/// - Events go out exactly as the log stores them.
/// - A handler translates only: frames to commands, replies to frames.
@NullMarked
package io.pushrod.server.transport.websocket;

import org.jspecify.annotations.NullMarked;
