package io.pushrod.server.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.NetUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.metrics.Counter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What requests that change something have in common.
///
/// Nobody logs in here, so a web page must not get here either: a body must be JSON, which a page
/// of another site cannot send unasked, and a page's own host must be an address or `localhost`,
/// since any name can be made to mean this machine (DNS rebinding).
final class AdminCalls {
  private static final int MAX_BODY_BYTES = 16 * 1024;

  private AdminCalls() {}

  static void checkOrigin(Exchange exchange) {
    if (exchange.header(HttpHeaderNames.ORIGIN) != null
        && !(exchange.originAllowed() && isAddress(exchange.header(HttpHeaderNames.HOST)))) {
      exchange.metrics().count(Counter.HTTP_ORIGIN_REFUSED);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "origin: not allowed (expected: none, or this address itself)");
    }
  }

  private static boolean isAddress(@Nullable String host) {
    if (host == null) {
      return false;
    }
    String name = host.replaceFirst(":\\d+$", "");
    return name.equals("localhost")
        || NetUtil.isValidIpV4Address(name)
        || (name.startsWith("[") && NetUtil.isValidIpV6Address(name));
  }

  /// The body of a request, as it is.
  static String json(Exchange exchange) {
    String type = exchange.header(HttpHeaderNames.CONTENT_TYPE);
    String media = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!media.equals("application/json")) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "content-type: another (expected: application/json)");
    }
    if (exchange.body().readableBytes() > MAX_BODY_BYTES) {
      throw new RequestException(
          ErrorCode.TOO_LARGE, "body: too large (expected: <= " + MAX_BODY_BYTES + " bytes)");
    }
    return exchange.body().toString(StandardCharsets.UTF_8);
  }

  /// Who asked, for the audit.
  static String peer(Exchange exchange) {
    return exchange.remoteAddress() instanceof InetSocketAddress address
        ? NetUtil.toSocketAddressString(address)
        : String.valueOf(exchange.remoteAddress());
  }
}
