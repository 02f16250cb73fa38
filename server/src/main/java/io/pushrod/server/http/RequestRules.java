package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What RFC 9112 asks of a request head beyond its grammar, which [RequestDecoder] checks.
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
    boolean badHost =
        hosts.isEmpty() ? !http10 : hosts.size() > 1 || !Authority.isValid(hosts.getFirst());
    if (badHost) {
      return Refusal.malformed(Counter.HTTP_BAD_HOST, "host: missing or malformed (expected: one)");
    }
    if (!isTargetOfMethod(request, hosts)) {
      return Refusal.malformed(
          Counter.HTTP_BAD_TARGET,
          "target: not for this method or host (expected: a path, or * with OPTIONS)");
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
    return null;
  }

  /// Whether a body follows, as far as the head says.
  static boolean announcesBody(HttpRequest request) {
    return HttpUtil.isTransferEncodingChunked(request)
        || HttpUtil.getContentLength(request, 0L) > 0;
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

  /// The target's form is its method's (RFC 9112 section 3.2), and an authority in it is the
  /// Host's: where they differ, two parsers may route differently.
  private static boolean isTargetOfMethod(HttpRequest request, List<String> hosts) {
    String target = request.uri();
    if (request.method().equals(HttpMethod.CONNECT)) {
      return false;
    }
    if (target.equals("*")) {
      return request.method().equals(HttpMethod.OPTIONS);
    }
    String authority = Target.authority(target);
    return authority == null
        || (hosts.isEmpty()
            ? Authority.isValid(authority)
            : authority.equalsIgnoreCase(hosts.getFirst()));
  }
}
