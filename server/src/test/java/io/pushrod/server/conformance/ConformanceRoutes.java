package io.pushrod.server.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.cookie.Cookie;
import io.netty.handler.codec.http.cookie.ServerCookieDecoder;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// The HTTP answers that probes expect.
final class ConformanceRoutes {
  private static final List<HttpMethod> KNOWN =
      List.of(HttpMethod.GET, HttpMethod.POST, HttpMethod.PUT, HttpMethod.PATCH, HttpMethod.DELETE);

  private ConformanceRoutes() {}

  static Endpoint of(Endpoint echo, Consumer<Router> more) {
    Router router = new Router(0);
    router.add(HttpMethod.GET, "/", orUpgrade(echo, exchange -> text(exchange, "OK")));
    router.add(HttpMethod.POST, "/", ConformanceRoutes::body);
    router.add(HttpMethod.GET, "/echo", orUpgrade(echo, ConformanceRoutes::headers));
    router.add(HttpMethod.POST, "/echo", ConformanceRoutes::headers);
    router.add(HttpMethod.GET, "/cookie", ConformanceRoutes::cookies);
    router.add(HttpMethod.POST, "/cookie", ConformanceRoutes::cookies);
    KNOWN.forEach(method -> router.add(method, "/any", ConformanceRoutes::body));
    more.accept(router);
    return exchange -> {
      if (isKnown(exchange.method())) {
        router.handle(exchange);
      } else if (exchange.rawPath().equals("/any")) {
        body(exchange);
      } else {
        exchange.respondError(
            ErrorCode.METHOD_NOT_ALLOWED, "method: unknown (expected: a known one)");
      }
    };
  }

  private static boolean isKnown(HttpMethod method) {
    return KNOWN.contains(method)
        || method.equals(HttpMethod.HEAD)
        || method.equals(HttpMethod.OPTIONS);
  }

  private static Endpoint orUpgrade(Endpoint echo, Endpoint plain) {
    return exchange ->
        (exchange.headers().contains(HttpHeaderNames.UPGRADE) ? echo : plain).handle(exchange);
  }

  private static void body(Exchange exchange) {
    exchange.respond(200, "application/octet-stream", exchange.body().retain());
  }

  private static void headers(Exchange exchange) {
    StringBuilder lines = new StringBuilder();
    for (Map.Entry<String, String> header : exchange.headers()) {
      lines.append(header.getKey()).append(": ").append(header.getValue()).append('\n');
    }
    text(exchange, lines.toString());
  }

  private static void cookies(Exchange exchange) {
    StringBuilder lines = new StringBuilder();
    for (String header : exchange.headers().getAll(HttpHeaderNames.COOKIE)) {
      for (Cookie cookie : ServerCookieDecoder.LAX.decodeAll(header)) {
        lines.append(cookie.name()).append('=').append(cookie.value()).append('\n');
      }
    }
    text(exchange, lines.toString());
  }

  private static void text(Exchange exchange, String text) {
    exchange.respond(
        200,
        "text/plain; charset=utf-8",
        ByteBufUtil.encodeString(
            exchange.channel().alloc(), java.nio.CharBuffer.wrap(text), UTF_8));
  }
}
