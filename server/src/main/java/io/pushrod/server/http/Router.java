package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Finds the endpoint of a request by path and method.
///
/// Exact paths win over templates; among templates the first added wins. GET serves HEAD. OPTIONS
/// is answered here. A page whose Origin is not allowed may not change anything: it gets 403 for
/// every method but GET, HEAD and OPTIONS.
///
/// **Thread:** filled before the listener starts, read by all loops after.
public final class Router implements Endpoint {
  private static final String PREFLIGHT_HEADERS =
      "Authorization, Content-Type, Last-Event-ID, Idempotency-Key";

  /// At most 32 names of headers.
  private static final Pattern NAMES =
      Pattern.compile("[A-Za-z0-9-]{1,64}(, ?[A-Za-z0-9-]{1,64}){0,31}");

  private record Route(Template template, Map<HttpMethod, Endpoint> endpoints) {
    String allow() {
      return String.join(", ", methods());
    }

    List<String> methods() {
      List<String> methods = new ArrayList<>();
      for (HttpMethod method : endpoints.keySet()) {
        methods.add(method.name());
        if (method.equals(HttpMethod.GET)) {
          methods.add(HttpMethod.HEAD.name());
        }
      }
      methods.add(HttpMethod.OPTIONS.name());
      return methods;
    }

    @Nullable Endpoint endpoint(HttpMethod method) {
      return endpoints.get(method.equals(HttpMethod.HEAD) ? HttpMethod.GET : method);
    }
  }

  private final Map<String, Route> exact = new LinkedHashMap<>();
  private final List<Route> templates = new ArrayList<>();
  private final String preflightSeconds;

  /// @param preflightSeconds how long a browser may remember the answer to a preflight; the longest
  ///   that they honour is 2 hours (Chromium) to a day (Firefox)
  public Router(long preflightSeconds) {
    this.preflightSeconds = Long.toString(preflightSeconds);
  }

  /// Adds an endpoint.
  ///
  /// @param path exact (`/v1/ws`), with segments (`/v1/sse/{connection_id}`) or with a tail that
  ///   may contain slashes (`/v1/topics/{topic...}/events`)
  /// @throws IllegalArgumentException if the path is malformed, or has this method already
  public Router add(HttpMethod method, String path, Endpoint endpoint) {
    Template template = Template.of(path);
    Route route = template.isExact() ? exact.get(path) : templateRoute(path);
    if (route == null) {
      route = new Route(template, new LinkedHashMap<>());
      if (template.isExact()) {
        exact.put(path, route);
      } else {
        templates.add(route);
      }
    }
    if (route.endpoints().putIfAbsent(method, endpoint) != null) {
      throw new IllegalArgumentException("route: " + method + " " + path + " (expected: once)");
    }
    return this;
  }

  /// Whether an endpoint was added for that method and path.
  public boolean has(HttpMethod method, String path) {
    Route route = Template.of(path).isExact() ? exact.get(path) : templateRoute(path);
    return route != null && route.endpoints().containsKey(method);
  }

  private @Nullable Route templateRoute(String path) {
    for (Route route : templates) {
      if (route.template().text().equals(path)) {
        return route;
      }
    }
    return null;
  }

  @Override
  public void handle(Exchange exchange) {
    if (exchange.rawPath().equals("*") && exchange.method().equals(HttpMethod.OPTIONS)) {
      exchange.respondEmpty(204, HttpHeaderNames.ALLOW, allMethods());
      return;
    }
    Route route = find(exchange);
    if (route == null) {
      exchange.respondError(ErrorCode.NOT_FOUND, "path: nothing is here");
      return;
    }
    HttpMethod method = exchange.method();
    if (method.equals(HttpMethod.OPTIONS)) {
      options(exchange, route);
      return;
    }
    Endpoint endpoint = route.endpoint(method);
    if (endpoint == null) {
      exchange.respondError(
          ErrorCode.METHOD_NOT_ALLOWED,
          "method: " + method + " (expected: " + route.allow() + ")",
          HttpHeaderNames.ALLOW,
          route.allow());
      return;
    }
    if (!exchange.originAllowed()
        && !method.equals(HttpMethod.GET)
        && !method.equals(HttpMethod.HEAD)) {
      refuseOrigin(exchange);
      return;
    }
    endpoint.handle(exchange);
  }

  @Override
  public boolean streamsBody(Exchange exchange) {
    Route route;
    try {
      route = find(exchange);
    } catch (RequestException e) {
      // Whoever handles it will say so.
      return false;
    }
    Endpoint endpoint = route == null ? null : route.endpoint(exchange.method());
    return endpoint != null && endpoint.streamsBody(exchange);
  }

  /// What `OPTIONS *` asks for: the methods of any path (RFC 9110 section 9.3.7).
  private String allMethods() {
    Set<String> methods = new TreeSet<>();
    exact.values().forEach(route -> methods.addAll(route.methods()));
    templates.forEach(route -> methods.addAll(route.methods()));
    return String.join(", ", methods);
  }

  private @Nullable Route find(Exchange exchange) {
    String path = exchange.rawPath();
    Route route = exact.get(path);
    if (route != null || !path.startsWith("/")) {
      return route;
    }
    if (path.indexOf('%') >= 0) {
      for (Route candidate : exact.values()) {
        if (candidate.template().match(path) != null) {
          return candidate;
        }
      }
    }
    for (Route candidate : templates) {
      Map<String, String> captures = candidate.template().match(path);
      if (captures != null) {
        exchange.captured(captures);
        return candidate;
      }
    }
    return null;
  }

  private void options(Exchange exchange, Route route) {
    boolean preflight =
        exchange.header(HttpHeaderNames.ORIGIN) != null
            && exchange.header(HttpHeaderNames.ACCESS_CONTROL_REQUEST_METHOD) != null;
    if (!preflight) {
      exchange.respondEmpty(204, HttpHeaderNames.ALLOW, route.allow());
    } else if (!exchange.originAllowed()) {
      refuseOrigin(exchange);
    } else {
      exchange.respondEmpty(
          204,
          HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS,
          route.allow(),
          HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
          preflightHeaders(exchange),
          HttpHeaderNames.ACCESS_CONTROL_MAX_AGE,
          preflightSeconds);
    }
  }

  /// Surfaces know headers that nobody else does: an allowed page may send those that it asks for.
  private static String preflightHeaders(Exchange exchange) {
    String asked = exchange.header(HttpHeaderNames.ACCESS_CONTROL_REQUEST_HEADERS);
    return asked == null || !NAMES.matcher(asked).matches()
        ? PREFLIGHT_HEADERS
        : PREFLIGHT_HEADERS + ", " + asked;
  }

  private static void refuseOrigin(Exchange exchange) {
    exchange.metrics().count(Counter.HTTP_ORIGIN_REFUSED);
    exchange.respondError(
        ErrorCode.FORBIDDEN, "origin: not allowed (expected: one of http.allowed_origins)");
  }
}
