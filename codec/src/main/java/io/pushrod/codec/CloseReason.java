package io.pushrod.codec;

import java.util.Locale;

/// Why we end a connection: the one table behind WebSocket close codes, SSE and ingest endings,
/// counters and docs.
///
/// Codes below 4000 keep their meaning of RFC 6455 section 7.4.1. 4000–4499 tell the client to
/// reconnect, 4500–4999 tell it not to.
public enum CloseReason {
  NORMAL(1000, "done", Reconnect.NO, 0),
  SHUTDOWN(1001, "server is shutting down", Reconnect.YES, 1_000),
  PROTOCOL_ERROR(1002, "protocol error", Reconnect.NO, 0),
  UNSUPPORTED_DATA(1003, "binary messages are not accepted", Reconnect.NO, 0),
  BAD_UTF8(1007, "text is not UTF-8", Reconnect.NO, 0),
  POLICY(1008, "policy violation", Reconnect.NO, 0),
  FRAME_TOO_BIG(1009, "frame too big", Reconnect.NO, 0),
  INTERNAL_ERROR(1011, "internal error", Reconnect.YES, 1_000),
  RESTART(1012, "server restarts", Reconnect.YES, 1_000),
  OVERLOADED(1013, "try again later", Reconnect.YES, 5_000),

  SLOW_CONSUMER(4000, "reader is too slow", Reconnect.YES, 1_000),
  PONG_TIMEOUT(4001, "pings went unanswered", Reconnect.YES, 0),
  WRITE_TIMEOUT(4002, "no bytes could be written for too long", Reconnect.YES, 1_000),
  IDLE_TIMEOUT(4003, "nothing was heard for too long", Reconnect.YES, 0),
  TOKEN_EXPIRED(4004, "token expired, come back with a new one", Reconnect.YES, 0),
  REPLACED(4005, "a newer connection took over", Reconnect.YES, 1_000),
  TOO_MANY_CONNECTIONS(4006, "more connections than are allowed", Reconnect.YES, 10_000),
  AUTH_UNAVAILABLE(4007, "the token cannot be checked now", Reconnect.YES, 2_000),
  STORAGE_UNAVAILABLE(4008, "events cannot be stored now", Reconnect.YES, 2_000),

  UNAUTHENTICATED(4500, "no valid token", Reconnect.NO, 0),
  FORBIDDEN(4501, "not allowed", Reconnect.NO, 0),
  HANDSHAKE_TIMEOUT(4502, "handshake took too long", Reconnect.NO, 0),
  FENCED(4503, "a newer producer epoch exists", Reconnect.NO, 0),
  WINDOW_EXCEEDED(4504, "more in flight than the window allows", Reconnect.NO, 0),
  SEQUENCE_GAP(4505, "producer sequence skipped ahead", Reconnect.NO, 0),
  UNSUPPORTED_VERSION(4506, "protocol version is not supported", Reconnect.NO, 0),
  TOKEN_REVOKED(4507, "the token was revoked", Reconnect.NO, 0),
  KILL_SWITCH(4508, "switched off by an operator", Reconnect.NO, 0);

  /// Whether the client should come back.
  public enum Reconnect {
    YES,
    NO
  }

  private final int code;
  private final String text;
  private final Reconnect reconnect;
  private final int retryAfterMillis;
  private final String label;

  CloseReason(int code, String text, Reconnect reconnect, int retryAfterMillis) {
    this.code = code;
    this.text = text;
    this.reconnect = reconnect;
    this.retryAfterMillis = retryAfterMillis;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /// The WebSocket close code; ingest `goaway` carries the same number.
  public int code() {
    return code;
  }

  /// One phrase for people, at most 123 bytes (RFC 6455 section 5.5.1).
  public String text() {
    return text;
  }

  public boolean reconnect() {
    return reconnect == Reconnect.YES;
  }

  /// How long the client should wait at the least, in milliseconds; clients add jitter of the same
  /// size.
  public int retryAfterMillis() {
    return retryAfterMillis;
  }

  /// The lower_snake name on the wire and in metrics.
  public String label() {
    return label;
  }
}
