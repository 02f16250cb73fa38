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
  TOPIC_QUOTA(429, true),
  /// The run is over, or another worker's.
  FENCED(409, false),
  /// It is over already, so that nothing can be changed.
  ALREADY_ENDED(409, false),
  /// Switched off by an operator.
  KILL_SWITCH(403, false),
  /// The tenant or the user has all the runs that it may have.
  RUN_QUOTA(429, true),
  /// No worker took it in time.
  NO_WORKER(503, true),
  /// The data breaks the schema of its type.
  SCHEMA(422, false),
  /// A file of a type that is not taken.
  UNSUPPORTED_TYPE(415, false),
  /// The tenant has all the files, or bytes of files, that it may have.
  ASSET_QUOTA(507, false),
  /// It may be done or not, and may be done yet: doing it again may do it twice.
  OUTCOME_UNKNOWN(504, false);

  private static final ErrorCode[] BY_ORDINAL = values();

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

  /// The code of a number; that of a newer peer means `BAD_REQUEST`.
  public static ErrorCode ofNumber(int number) {
    return number >= 1 && number <= BY_ORDINAL.length ? BY_ORDINAL[number - 1] : BAD_REQUEST;
  }
}
