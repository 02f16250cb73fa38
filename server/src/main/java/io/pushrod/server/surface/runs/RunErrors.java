package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.run.RunAnswer;

/// Refusals as Dockrion's runtime words them: `{"success":false,"error":…,"code":…}`; 401, 403 and
/// 429 in `{"detail":{…}}`; a body that is no JSON object 422 with a list of what is wrong.
///
/// **Thread:** the exchange's loop.
final class RunErrors {
  static final String VALIDATION = "VALIDATION_ERROR";

  private static final CharSequence JSON = "application/json";
  private static final String UNAVAILABLE = "SERVICE_UNAVAILABLE";

  private RunErrors() {}

  static RequestException unknownRun(String id) {
    return new RequestException(ErrorCode.NOT_FOUND, "Run '" + id + "' not found");
  }

  static RequestException endedRun(String id) {
    return new RequestException(ErrorCode.ALREADY_ENDED, "Run '" + id + "' already finished");
  }

  static void respond(Exchange exchange, RequestException refusal) {
    respond(exchange, refusal.code(), String.valueOf(refusal.getMessage()), 0);
  }

  static void respond(Exchange exchange, RunAnswer.Refused refused) {
    respond(exchange, refused.code(), refused.message(), refused.retryAfterMillis());
  }

  static void respondNoCredentials(Exchange exchange) {
    exchange.metrics().httpError(ErrorCode.UNAUTHENTICATED);
    ByteBuf out = buffer(exchange);
    detail(out, "MISSING_CREDENTIALS", "Missing authentication credentials", 0);
    send(exchange, 401, out, 0);
  }

  /// @param retryAfterMillis 0 for no advice
  static void respond(Exchange exchange, ErrorCode code, String message, long retryAfterMillis) {
    exchange.metrics().httpError(code);
    int status = status(code);
    long retrySeconds = status == 429 || status == 503 ? seconds(retryAfterMillis) : 0;
    ByteBuf out = buffer(exchange);
    switch (status) {
      case 401, 403, 429 -> detail(out, name(code), message, retrySeconds);
      case 422 -> invalid(out, message);
      default -> envelope(out, name(code), message);
    }
    send(exchange, status, out, retrySeconds);
  }

  /// Answers in the envelope with a status of one's own.
  static void respond(Exchange exchange, int status, String name, String message) {
    ByteBuf out = buffer(exchange);
    envelope(out, name, message);
    send(exchange, status, out, status == 503 ? 1 : 0);
  }

  /// Dockrion knows no 405, 409 and 426 here.
  private static int status(ErrorCode code) {
    return switch (code) {
      case BAD_JSON, BAD_UTF8 -> 422;
      default ->
          switch (code.status()) {
            case 401, 403, 404, 413, 429, 500, 503 -> code.status();
            default -> 400;
          };
    };
  }

  private static String name(ErrorCode code) {
    return switch (code) {
      case TOKEN_EXPIRED -> "TOKEN_EXPIRED";
      case KILL_SWITCH -> "KILL_SWITCH";
      default ->
          switch (code.status()) {
            case 401 -> "INVALID_CREDENTIALS";
            case 403 -> "INSUFFICIENT_PERMISSIONS";
            case 404 -> "NOT_FOUND";
            case 429 -> "RATE_LIMIT_EXCEEDED";
            case 500 -> "INTERNAL_ERROR";
            case 503 -> UNAVAILABLE;
            default -> VALIDATION;
          };
    };
  }

  private static long seconds(long millis) {
    return Math.max(1, Math.ceilDiv(millis, 1_000));
  }

  private static void envelope(ByteBuf out, String name, String message) {
    new JsonObjectWriter(out)
        .bool("success", false)
        .text("error", message)
        .text("code", name)
        .end();
  }

  private static void detail(ByteBuf out, String name, String message, long retrySeconds) {
    JsonObjectWriter answer = new JsonObjectWriter(out).name("detail");
    JsonObjectWriter detail =
        new JsonObjectWriter(out).text("error", name).text("message", message).name("details");
    JsonObjectWriter details = new JsonObjectWriter(out);
    if (retrySeconds > 0) {
      details.number("retry_after", retrySeconds);
    }
    details.end();
    detail.end();
    answer.end();
  }

  private static void invalid(ByteBuf out, String message) {
    JsonObjectWriter answer = new JsonObjectWriter(out).name("detail");
    out.writeByte('[');
    new JsonObjectWriter(out)
        .text("type", "json_invalid")
        .raw("loc", "[\"body\"]")
        .text("msg", message)
        .end();
    out.writeByte(']');
    answer.end();
  }

  private static ByteBuf buffer(Exchange exchange) {
    return exchange.channel().alloc().directBuffer(256);
  }

  private static void send(Exchange exchange, int status, ByteBuf out, long retrySeconds) {
    if (status == 401) {
      exchange.respond(
          status,
          JSON,
          out,
          HttpHeaderNames.CACHE_CONTROL,
          "no-store",
          HttpHeaderNames.WWW_AUTHENTICATE,
          "Bearer");
    } else if (retrySeconds > 0) {
      exchange.respond(
          status,
          JSON,
          out,
          HttpHeaderNames.CACHE_CONTROL,
          "no-store",
          HttpHeaderNames.RETRY_AFTER,
          Long.toString(retrySeconds));
    } else {
      exchange.respondJson(status, out);
    }
  }
}
