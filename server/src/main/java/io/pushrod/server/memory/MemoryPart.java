package io.pushrod.server.memory;

/// What memory is held for.
public enum MemoryPart {
  /// Segments of logs.
  LOGS("logs"),
  /// Lifecycle events that outlived their segments.
  SHELVES("shelves"),
  /// Frames that wait for a socket.
  OUTBOXES("outboxes"),
  /// What users say of themselves on topics, twice its characters.
  STATES("states"),
  /// What was left to Netty when a socket pushed back.
  SOCKETS("sockets"),
  /// Publish frames that are not acknowledged yet.
  INGEST("ingest");

  private final String label;

  MemoryPart(String label) {
    this.label = label;
  }

  public String label() {
    return label;
  }

  /// Whether what is held for it leaves less for logs. Logs themselves are counted apart, and what
  /// publishers have in flight is on its way into them.
  boolean countsAgainstLogs() {
    return this != LOGS && this != INGEST;
  }
}
