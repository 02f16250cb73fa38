package io.pushrod.server.admin;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.metrics.MetricsRegistry;

/// `/healthz`, `/readyz` and `/metrics`.
public final class AdminEndpoints {
  private static final String TEXT = "text/plain; charset=utf-8";

  private final MetricsRegistry metrics;
  private final Readiness readiness;

  public AdminEndpoints(MetricsRegistry metrics, Readiness readiness) {
    this.metrics = metrics;
    this.readiness = readiness;
  }

  public void addTo(Router router) {
    router.add(HttpMethod.GET, "/healthz", exchange -> text(exchange, 200, "ok\n"));
    router.add(HttpMethod.GET, "/readyz", this::readyz);
    router.add(HttpMethod.GET, "/metrics", this::metrics);
  }

  private void readyz(Exchange exchange) {
    String obstacle = readiness.obstacle();
    if (obstacle == null) {
      text(exchange, 200, "ready\n");
    } else {
      text(exchange, 503, obstacle + "\n");
    }
  }

  private void metrics(Exchange exchange) {
    exchange.respond(
        200,
        metrics.contentType(),
        Unpooled.wrappedBuffer(metrics.scrape()),
        HttpHeaderNames.CACHE_CONTROL,
        "no-store");
  }

  private static void text(Exchange exchange, int status, String line) {
    exchange.respond(
        status,
        TEXT,
        ByteBufUtil.writeUtf8(exchange.channel().alloc(), line),
        HttpHeaderNames.CACHE_CONTROL,
        "no-store");
  }
}
