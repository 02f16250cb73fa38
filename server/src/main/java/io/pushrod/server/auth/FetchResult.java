package io.pushrod.server.auth;

import io.pushrod.server.metrics.Counter;

/// How the fetch of a key set ended.
enum FetchResult {
  OK(Counter.JWKS_OK, "fetched"),
  TIMEOUT(Counter.JWKS_TIMEOUT, "no whole answer in time"),
  UNREACHABLE(Counter.JWKS_UNREACHABLE, "no answer"),
  STATUS(Counter.JWKS_STATUS, "an answer other than 200"),
  TOO_LARGE(Counter.JWKS_TOO_LARGE, "an answer larger than auth.jwks.bytes"),
  MALFORMED(Counter.JWKS_MALFORMED, "no key set, or one of too many keys"),
  NO_KEYS(Counter.JWKS_NO_KEYS, "a set without a key that could verify");

  private final Counter counter;
  private final String text;

  FetchResult(Counter counter, String text) {
    this.counter = counter;
    this.text = text;
  }

  Counter counter() {
    return counter;
  }

  /// One phrase for the log.
  String text() {
    return text;
  }
}
