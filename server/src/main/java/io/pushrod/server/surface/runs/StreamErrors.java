package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunView.RunError;
import org.jspecify.annotations.Nullable;

/// Refusals of streams as Dockrion words them, which is another way than on its other routes:
/// `{"detail":…}`. What they have in common is left to [RunErrors].
///
/// **Thread:** the exchange's loop.
final class StreamErrors {
  private static final CharSequence JSON = "application/json";
  private static final String NO_WORKER = "no_worker";

  private StreamErrors() {}

  static void unknownRun(Exchange exchange, String id) {
    respond(exchange, ErrorCode.NOT_FOUND, "Run '" + id + "' not found", 0);
  }

  static void refused(Exchange exchange, RequestException why) {
    respond(exchange, why.code(), String.valueOf(why.getMessage()), 0);
  }

  static void refused(Exchange exchange, RunAnswer.Refused why) {
    respond(exchange, why.code(), why.message(), why.retryAfterMillis());
  }

  /// A run that ended before a worker had begun.
  static void neverBegan(Exchange exchange, @Nullable RunError why) {
    boolean noWorker = why != null && why.code().equals(NO_WORKER);
    respond(
        exchange,
        noWorker ? ErrorCode.NO_WORKER : ErrorCode.INTERNAL,
        why == null ? "run: ended (expected: begun)" : why.message(),
        0);
  }

  private static void respond(
      Exchange exchange, ErrorCode code, String message, long retryAfterMillis) {
    switch (code.status()) {
      case 401, 403, 429 -> RunErrors.respond(exchange, code, message, retryAfterMillis);
      case 404, 413, 500, 503 -> detail(exchange, code, message, retryAfterMillis);
      default -> invalid(exchange, "\"body\"", message);
    }
  }

  private static void detail(
      Exchange exchange, ErrorCode code, String message, long retryAfterMillis) {
    exchange.metrics().httpError(code);
    ByteBuf out = exchange.channel().alloc().directBuffer(256);
    new JsonObjectWriter(out).text("detail", message).end();
    if (code.status() == 503) {
      long seconds = Math.max(1, Math.ceilDiv(retryAfterMillis, 1_000));
      exchange.respond(
          503,
          JSON,
          out,
          HttpHeaderNames.CACHE_CONTROL,
          "no-store",
          HttpHeaderNames.RETRY_AFTER,
          Long.toString(seconds));
    } else {
      exchange.respondJson(code.status(), out);
    }
  }

  /// A parameter that is none of what it may be.
  static void invalid(Exchange exchange, RunQuery.Invalid what) {
    invalid(
        exchange,
        "\"" + what.place + "\",\"" + what.parameter + "\"",
        String.valueOf(what.getMessage()));
  }

  /// @param place as elements of a JSON array
  private static void invalid(Exchange exchange, String place, String message) {
    exchange.metrics().httpError(ErrorCode.BAD_REQUEST);
    ByteBuf out = exchange.channel().alloc().directBuffer(256);
    JsonObjectWriter answer = new JsonObjectWriter(out).name("detail");
    out.writeByte('[');
    new JsonObjectWriter(out)
        .text("type", "value_error")
        .raw("loc", "[" + place + "]")
        .text("msg", message)
        .end();
    out.writeByte(']');
    answer.end();
    exchange.respondJson(422, out);
  }
}
