package io.pushrod.codec.ingest;

/// Numbers of the frames; 16 to 25 are those of workers.
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
  static final int CONSUME = 16;
  static final int REQUEST = 17;
  static final int ACCEPT = 18;
  static final int GRANT = 19;
  static final int REFUSE = 20;
  static final int RENEW = 21;
  static final int SETTLE = 22;
  static final int CANCEL = 23;
  static final int CANCEL_ACK = 24;
  static final int RELEASE = 25;

  private FrameType() {}
}
