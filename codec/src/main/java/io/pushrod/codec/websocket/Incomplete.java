package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Utf8;
import org.jspecify.annotations.Nullable;

/// What a parser keeps between two reads; there is none while nothing is incomplete.
final class Incomplete {
  /// The bytes so far of a frame whose end has not come.
  @Nullable ByteBuf frame;

  /// How many payload bytes of `frame` are unmasked, and checked if they are text.
  int opened;

  /// The payloads of the fragments so far of a message whose last fragment has not come.
  @Nullable ByteBuf message;

  /// How many frames of that message are whole; 0 while there is no such message.
  int fragments;

  /// Whether that message is compressed; `message` then holds it as it came.
  boolean compressed;

  /// The type of that message.
  int opcode;

  /// Where the check of a text message stands.
  int utf8 = Utf8.BOUNDARY;

  boolean isEmpty() {
    return frame == null && message == null;
  }

  void release() {
    releaseFrame();
    releaseMessage();
  }

  void releaseFrame() {
    if (frame != null) {
      frame.release();
      frame = null;
    }
  }

  void releaseMessage() {
    if (message != null) {
      message.release();
      message = null;
    }
    fragments = 0;
    compressed = false;
  }
}
