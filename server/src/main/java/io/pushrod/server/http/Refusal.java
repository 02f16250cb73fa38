package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Why a request is answered without being handled, and its connection ended.
///
/// @param counter null where its code and its close reason say enough
record Refusal(
    int status, ErrorCode code, String message, @Nullable Counter counter, CloseReason reason) {
  static final String FRAMING =
      "framing: not supported (expected: Content-Length or chunked, not both)";

  static Refusal malformed(Counter counter, String message) {
    return new Refusal(400, ErrorCode.BAD_REQUEST, message, counter, CloseReason.PROTOCOL_ERROR);
  }

  static Refusal bodyTooLarge(int limitBytes) {
    return bodyTooLarge(limitBytes, Counter.LIMIT_PUBLISH_BODY_BYTES);
  }

  static Refusal bodyTooLarge(long limitBytes, Counter counter) {
    return new Refusal(
        ErrorCode.TOO_LARGE.status(),
        ErrorCode.TOO_LARGE,
        "body: too large (expected: <= " + limitBytes + " bytes)",
        counter,
        CloseReason.FRAME_TOO_BIG);
  }

  static Refusal tooManyHeaders(int limit) {
    return new Refusal(
        431,
        ErrorCode.TOO_LARGE,
        "headers: too many (expected: <= " + limit + ")",
        Counter.LIMIT_HEADERS,
        CloseReason.FRAME_TOO_BIG);
  }

  /// A head, or a body, that was not whole in time.
  static Refusal late(String part, long limitNanos) {
    return new Refusal(
        HttpResponseStatus.REQUEST_TIMEOUT.code(),
        ErrorCode.BAD_REQUEST,
        part
            + ": incomplete (expected: within "
            + TimeUnit.NANOSECONDS.toMillis(limitNanos)
            + " ms)",
        null,
        CloseReason.HANDSHAKE_TIMEOUT);
  }

  /// What the decoder gave up on.
  ///
  /// @param part a head, or a piece of a body, whose decoding failed
  static Refusal undecodable(HttpObject part, HttpSettings settings) {
    Throwable cause = part.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return tooLong(414, "request line: too long", settings.requestLineBytes());
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return tooLong(431, "headers: too long", settings.headerBytes());
    }
    if (!(part instanceof HttpRequest head)) {
      return malformed(Counter.HTTP_BAD_BODY, "body: malformed (expected: chunks as in RFC 9112)");
    }
    return head.headers().contains(HttpHeaderNames.TRANSFER_ENCODING)
        ? malformed(Counter.HTTP_BAD_FRAMING, FRAMING)
        : malformed(Counter.HTTP_BAD_HEAD, "request: malformed (expected: as in RFC 9112)");
  }

  private static Refusal tooLong(int status, String what, int limitBytes) {
    return new Refusal(
        status,
        ErrorCode.TOO_LARGE,
        what + " (expected: <= " + limitBytes + " bytes)",
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }
}
