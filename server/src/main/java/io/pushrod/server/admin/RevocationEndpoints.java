package io.pushrod.server.admin;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.CredentialWatch;
import io.pushrod.server.auth.Revocation;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/// `/admin/revocations`: ends credentials before their time, lists what was revoked, takes it back.
public final class RevocationEndpoints {
  private static final String PATH = "/admin/revocations";

  private final CredentialWatch watch;
  private final LongSupplier nowMillis;
  private final long rememberMillis;

  /// @param rememberMillis how long a revocation holds that does not say
  public RevocationEndpoints(CredentialWatch watch, LongSupplier nowMillis, long rememberMillis) {
    this.watch = watch;
    this.nowMillis = nowMillis;
    this.rememberMillis = rememberMillis;
  }

  public void addTo(Router router) {
    router.add(HttpMethod.POST, PATH, this::revoke);
    router.add(HttpMethod.GET, PATH, this::list);
    router.add(HttpMethod.DELETE, PATH + "/{id}", this::takeBack);
  }

  private void revoke(Exchange exchange) {
    AdminCalls.checkOrigin(exchange);
    Revocation revocation = request(exchange);
    exchange.answerAfter(
        watch.revoke(revocation, AdminCalls.peer(exchange)),
        closed -> exchange.respondJson(201, revocation.json(Map.of("closed", closed))));
  }

  private Revocation request(Exchange exchange) {
    String json = AdminCalls.json(exchange);
    try {
      return Revocation.request(json, nowMillis.getAsLong(), rememberMillis);
    } catch (IllegalArgumentException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private void list(Exchange exchange) {
    AdminCalls.checkOrigin(exchange);
    exchange.respondJson(
        200,
        watch.revocations().stream()
            .map(each -> each.json(Map.of()))
            .collect(Collectors.joining(",", "{\"revocations\":[", "]}")));
  }

  private void takeBack(Exchange exchange) {
    AdminCalls.checkOrigin(exchange);
    exchange.answerAfter(
        watch.takeBack(exchange.pathParameter("id"), AdminCalls.peer(exchange)),
        removed -> {
          if (removed == null) {
            exchange.respondError(ErrorCode.NOT_FOUND, "id: unknown (expected: a revocation's)");
          } else {
            exchange.respondJson(200, removed.json(Map.of()));
          }
        });
  }
}
