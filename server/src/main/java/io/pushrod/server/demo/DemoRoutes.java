package io.pushrod.server.demo;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.http.StaticPages;
import java.util.List;
import java.util.function.Supplier;

/// The demo's page and the token that it uses.
public final class DemoRoutes {
  /// The topic that the source publishes to.
  public static final String TOPIC = "job/demo";

  private static final List<String> FILES =
      List.of(
          "index.html",
          "demo.css",
          "demo.js",
          "output.js",
          "reader.js",
          "rows.js",
          "side.js",
          "timeline.js",
          "transcript.js",
          "transports.js",
          "icon.svg");

  private final Supplier<String> token;

  /// @param token mints a token for the page
  public DemoRoutes(Supplier<String> token) {
    this.token = token;
  }

  public void addTo(Router router) {
    StaticPages.load("/io/pushrod/server/demo/", FILES).addTo(router);
    router.add(HttpMethod.GET, "/demo/token", this::token);
  }

  /// For pages of this machine only: a page of elsewhere cannot read the answer, unless it came by
  /// a name of its own that leads here.
  private void token(Exchange exchange) {
    if (!exchange.isByAddress()) {
      exchange.respondError(
          ErrorCode.FORBIDDEN, "host: a name (expected: localhost or an address)");
      return;
    }
    exchange.respondJson(200, "{\"token\":\"" + token.get() + "\",\"topic\":\"" + TOPIC + "\"}");
  }
}
