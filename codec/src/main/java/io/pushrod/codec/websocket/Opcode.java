package io.pushrod.codec.websocket;

/// Frame types and header bits of RFC 6455 section 5.2.
final class Opcode {
  static final int CONTINUATION = 0;
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  static final int FIN = 0x80;
  static final int RESERVED = 0x70;

  /// The first reserved bit: a compressed message begins (RFC 7692 section 6).
  static final int RSV1 = 0x40;

  static final int CONTROL = 0x08;
  static final int MASKED = 0x80;

  /// The longest payload of a control frame.
  static final int CONTROL_BYTES = 125;

  /// What the 7-bit length says when 2 bytes of length follow; one more means 8.
  static final int LENGTH_16 = 126;

  static final int LENGTH_64 = 127;

  private Opcode() {}
}
