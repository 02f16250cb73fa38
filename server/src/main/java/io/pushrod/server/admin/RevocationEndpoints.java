package io.pushrod.server.admin;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.NetUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.CredentialWatch;
import io.pushrod.server.auth.Revocation;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.metrics.Counter;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// `/admin/revocations`: ends credentials before their time, lists what was revoked, takes it back.
///
/// Nobody logs in here, so a web page must not get here either: a body must be JSON, which a page
/// of another site cannot send unasked, and a page's own host must be an address or `localhost`,
/// since any name can be made to mean this machine (DNS rebinding).
public final class RevocationEndpoints {
  private static final Logger log = LoggerFactory.getLogger(RevocationEndpoints.class);
  private static final String PATH = "/admin/revocations";
  private static final int MAX_BODY_BYTES = 16 * 1024;

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
    checkOrigin(exchange);
    Revocation revocation = request(exchange);
    answer(
        exchange,
        watch.revoke(revocation, peer(exchange)),
        closed -> exchange.respondJson(201, revocation.json(Map.of("closed", closed))));
  }

  private Revocation request(Exchange exchange) {
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
    try {
      return Revocation.request(
          exchange.body().toString(StandardCharsets.UTF_8), nowMillis.getAsLong(), rememberMillis);
    } catch (IllegalArgumentException e) {
      throw new RequestException(ErrorCode.BAD_REQUEST, String.valueOf(e.getMessage()));
    }
  }

  private void list(Exchange exchange) {
    checkOrigin(exchange);
    exchange.respondJson(
        200,
        watch.revocations().stream()
            .map(each -> each.json(Map.of()))
            .collect(Collectors.joining(",", "{\"revocations\":[", "]}")));
  }

  private void takeBack(Exchange exchange) {
    checkOrigin(exchange);
    answer(
        exchange,
        watch.takeBack(exchange.pathParameter("id"), peer(exchange)),
        removed -> {
          if (removed == null) {
            exchange.respondError(ErrorCode.NOT_FOUND, "id: unknown (expected: a revocation's)");
          } else {
            exchange.respondJson(200, removed.json(Map.of()));
          }
        });
  }

  /// Answers on the exchange's loop once the work is done.
  private static <T extends @Nullable Object> void answer(
      Exchange exchange, CompletionStage<T> work, Consumer<T> answer) {
    var _ =
        work.whenCompleteAsync(
            (result, failure) -> {
              if (failure == null) {
                answer.accept(result);
              } else {
                exchange.respondError(refusal(exchange, failure));
              }
            },
            exchange.channel().eventLoop());
  }

  private static RequestException refusal(Exchange exchange, Throwable failure) {
    Throwable cause = failure instanceof CompletionException e ? e.getCause() : failure;
    if (cause instanceof RequestException expected) {
      return expected;
    }
    exchange.metrics().count(Counter.INTERNAL_ERRORS);
    log.error("An admin request failed", failure);
    return new RequestException(ErrorCode.INTERNAL, "server: failed (expected: an answer)");
  }

  private static void checkOrigin(Exchange exchange) {
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

  private static String peer(Exchange exchange) {
    return exchange.remoteAddress() instanceof InetSocketAddress address
        ? NetUtil.toSocketAddressString(address)
        : String.valueOf(exchange.remoteAddress());
  }
}
