/// Socket.IO, revision 5 of its protocol, in the encoding of its default parser.
///
/// - A packet is the data of an Engine.IO message; its binary attachments follow as messages of
///   their own, and placeholders in its JSON say where they belong.
/// - Whatever is parsed is bounded: JSON by depth, attachments by number, all by the bytes given.
@NullMarked
package io.pushrod.codec.socketio;

import org.jspecify.annotations.NullMarked;
