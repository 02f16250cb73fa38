package io.pushrod.codec;

import java.util.Locale;

/// What went wrong with one command, request or publication; the connection lives on.
public enum ErrorCode {
  BAD_REQUEST(400, false),
  BAD_JSON(400, false),
  BAD_CURSOR(400, false),
  BAD_FILTER(400, false),
  BAD_TOPIC(400, false),
  BAD_TYPE(400, false),
  BAD_ID(400, false),
  BAD_UTF8(400, false),
  UNKNOWN_OP(400, false),
  UNAUTHENTICATED(401, false),
  TOKEN_EXPIRED(401, false),
  FORBIDDEN(403, false),
  NOT_FOUND(404, false),
  METHOD_NOT_ALLOWED(405, false),
  ALREADY_SUBSCRIBED(409, false),
  STALE_EPOCH(409, false),
  TOO_LARGE(413, false),
  TOO_MANY_SUBSCRIPTIONS(400, false),
  TOO_MANY_TOPICS(400, false),
  INTERNAL(500, true),
  OVERLOADED(503, true),
  UPGRADE_REQUIRED(426, false),
  TOKEN_REVOKED(401, false),
  UNAVAILABLE(503, true),
  RATE_LIMITED(429, true),
  TOO_MANY_CONNECTIONS(429, true),
  TOPIC_QUOTA(429, true);

  private final int status;
  private final boolean retryable;
  private final String label;

  ErrorCode(int status, boolean retryable) {
    this.status = status;
    this.retryable = retryable;
    this.label = name().toLowerCase(Locale.ROOT);
  }

  /// The HTTP status of the same answer.
  public int status() {
    return status;
  }

  public boolean retryable() {
    return retryable;
  }

  /// The lower_snake name on the wire and in metrics.
  public String label() {
    return label;
  }

  /// The number on the ingest wire: 1 for the first constant. Constants are only ever appended.
  public int number() {
    return ordinal() + 1;
  }
}
