package io.pushrod.codec.ingest;

/// Numbers of the frames. 16–21 are reserved for workers; v1 treats them as unknown.
final class FrameType {
  static final int HELLO = 1;
  static final int WELCOME = 2;
  static final int PUBLISH = 3;
  static final int ACK = 4;
  static final int REJECT = 5;
  static final int WINDOW = 6;
  static final int PING = 7;
  static final int PONG = 8;
  static final int GOAWAY = 9;

  private FrameType() {}
}
