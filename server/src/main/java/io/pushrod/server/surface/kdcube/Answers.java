package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.http.Exchange;
import java.nio.charset.StandardCharsets;

/// Answers in the words of KDCube's clients: a refusal is `{"detail":<text or object>}`.
final class Answers {
  /// Why a request without a stream id is refused; answered like any other missing parameter.
  static final String NO_STREAM_ID = "stream_id: none (expected: one)";

  private static final int MISSING_STATUS = 422;
  private static final String MISSING =
      "[{\"type\":\"missing\",\"loc\":[\"query\",\"stream_id\"],\"msg\":\"Field"
          + " required\",\"input\":null}]";

  private Answers() {}

  static void refuse(Exchange exchange, RequestException why) {
    String message = String.valueOf(why.getMessage());
    exchange.metrics().httpError(why.code());
    if (message.equals(NO_STREAM_ID)) {
      refuse(exchange, MISSING_STATUS, MISSING, 0);
    } else {
      int seconds = why.code().retryable() ? 1 : 0;
      refuse(exchange, why.code().status(), quoted(message), seconds);
    }
  }

  /// @param detail JSON
  /// @param retryAfterSeconds 0 for no advice
  static void refuse(Exchange exchange, int status, String detail, int retryAfterSeconds) {
    if (status == ErrorCode.UNAUTHENTICATED.status()) {
      exchange.addHeader(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    }
    if (retryAfterSeconds > 0) {
      exchange.addHeader(HttpHeaderNames.RETRY_AFTER, Integer.toString(retryAfterSeconds));
    }
    ByteBuf out = exchange.channel().alloc().directBuffer(64 + detail.length());
    new JsonObjectWriter(out).raw("detail", detail).end();
    exchange.respondJson(status, out);
  }

  /// A text as JSON.
  static String quoted(String text) {
    ByteBuf out = Unpooled.buffer(ByteBufUtil.utf8MaxBytes(text) + 2);
    JsonStrings.write(out, text);
    return out.toString(StandardCharsets.UTF_8);
  }
}
