package io.pushrod.server.metrics;

import java.util.Locale;

/// What a connection speaks, as a metric label.
public enum Transport {
  WEBSOCKET,
  SSE,
  SOCKETIO,
  HTTP,
  INGEST,
  ADMIN;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
