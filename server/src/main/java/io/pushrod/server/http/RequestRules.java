package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What RFC 9112 asks of a request head beyond its grammar, which Netty's decoder checks.
final class RequestRules {
  /// A relic that makes Netty's decoder expect eight bytes of body which no header announces.
  private static final String HIXIE_KEY = "Sec-WebSocket-Key1";

  private RequestRules() {}

  /// Why this head is refused, or null if it is fine.
  static @Nullable Refusal check(HttpRequest request, HttpSettings settings) {
    HttpVersion version = request.protocolVersion();
    boolean http10 = version.equals(HttpVersion.HTTP_1_0);
    if (!http10 && !version.equals(HttpVersion.HTTP_1_1)) {
      return new Refusal(
          505,
          ErrorCode.BAD_REQUEST,
          "version: not supported (expected: HTTP/1.1 or HTTP/1.0)",
          Counter.HTTP_BAD_VERSION,
          CloseReason.PROTOCOL_ERROR);
    }
    HttpHeaders headers = request.headers();
    if (headers.size() > settings.headers()) {
      return Refusal.tooManyHeaders(settings.headers());
    }
    List<String> hosts = headers.getAll(HttpHeaderNames.HOST);
    boolean badHost = hosts.isEmpty() ? !http10 : hosts.size() > 1 || !isHost(hosts.get(0));
    if (badHost) {
      return Refusal.malformed(Counter.HTTP_BAD_HOST, "host: missing or malformed (expected: one)");
    }
    if (!isFramed(headers, http10)) {
      return Refusal.malformed(Counter.HTTP_BAD_FRAMING, Refusal.FRAMING);
    }
    String expect = headers.get(HttpHeaderNames.EXPECT);
    if (expect != null && !HttpHeaderValues.CONTINUE.contentEqualsIgnoreCase(expect)) {
      return new Refusal(
          417,
          ErrorCode.BAD_REQUEST,
          "expect: not supported (expected: 100-continue)",
          Counter.HTTP_BAD_EXPECT,
          CloseReason.PROTOCOL_ERROR);
    }
    if (HttpUtil.getContentLength(request, 0L) > settings.publishBodyBytes()) {
      return Refusal.bodyTooLarge(settings.publishBodyBytes());
    }
    return null;
  }

  private static boolean isFramed(HttpHeaders headers, boolean http10) {
    List<String> encodings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    boolean plain = encodings.isEmpty();
    boolean chunked =
        encodings.size() == 1
            && !http10
            && !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
            && HttpHeaderValues.CHUNKED.contentEqualsIgnoreCase(encodings.get(0).strip());
    return (plain || chunked) && !headers.contains(HIXIE_KEY);
  }

  /// `host[:port]` by its characters: enough to compare it with an Origin and to echo it nowhere.
  private static boolean isHost(String host) {
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean alphanumeric = c < 0x80 && Character.isLetterOrDigit(c);
      if (!alphanumeric && "-._:[]~%".indexOf(c) < 0) {
        return false;
      }
    }
    return !host.isEmpty();
  }
}
