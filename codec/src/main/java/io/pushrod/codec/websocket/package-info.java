/// WebSocket frames (RFC 6455) over bytes: one parser for each direction of a connection, and
/// writers of whole frames.
///
/// - A parser owns memory only while a frame or a fragmented message is incomplete, never more than
///   its limit and a frame header.
/// - A frame is refused as early as its bytes allow: by its header, before anything is buffered for
///   it.
/// - A reserved bit is an error, but for RSV1 where permessage-deflate (RFC 7692) was agreed on.
@NullMarked
package io.pushrod.codec.websocket;

import org.jspecify.annotations.NullMarked;
