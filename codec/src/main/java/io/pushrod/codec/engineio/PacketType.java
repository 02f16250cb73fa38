package io.pushrod.codec.engineio;

import org.jspecify.annotations.Nullable;

/// What an Engine.IO packet is for. The number on the wire is the ordinal.
public enum PacketType {
  OPEN,
  CLOSE,
  PING,
  PONG,
  MESSAGE,
  UPGRADE,
  NOOP;

  private static final PacketType[] BY_NUMBER = values();

  /// The digit that a packet of this type begins with.
  public int digit() {
    return '0' + ordinal();
  }

  /// The type of a digit; null for any other byte.
  static @Nullable PacketType ofDigit(byte digit) {
    int number = digit - '0';
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }
}
