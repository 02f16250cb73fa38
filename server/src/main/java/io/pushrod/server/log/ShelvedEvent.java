package io.pushrod.server.log;

/// A lifecycle event that outlived its segment.
public final class ShelvedEvent {
  private final long sequence;
  private final EventType type;
  private final byte[] frame;

  ShelvedEvent(long sequence, EventType type, byte[] frame) {
    this.sequence = sequence;
    this.type = type;
    this.frame = frame;
  }

  public long sequence() {
    return sequence;
  }

  public EventType type() {
    return type;
  }

  /// The WebSocket text frame; not to be changed.
  public byte[] frame() {
    return frame;
  }

  int length() {
    return frame.length;
  }
}
