package io.pushrod.server.surface;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.Credential;
import io.pushrod.server.auth.Credentials;
import io.pushrod.server.auth.Verdict;
import io.pushrod.server.config.ServerConfig.Carriers;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Lets in whoever brings a valid token or API key, by whatever carrier.
///
/// **Thread:** any loop.
public final class Access {
  private final Credentials credentials;
  private final Clock clock;
  private final Carriers carriers;

  public Access(Credentials credentials, Clock clock, Carriers carriers) {
    this.credentials = credentials;
    this.clock = clock;
    this.carriers = carriers;
  }

  /// Who sends this request: header before query before cookie.
  ///
  /// @return null when it brings no token
  /// @throws RequestException `UNAUTHENTICATED`, `TOKEN_EXPIRED` or `TOKEN_REVOKED` for a token
  ///   that does not hold, `UNAVAILABLE` for one that cannot be judged now
  public @Nullable Identity identify(Exchange exchange) {
    Credential credential =
        Credential.ofRequest(
            carriers, exchange::header, exchange.query()::first, exchange.cookies());
    return credential == null ? null : identify(exchange.metrics(), credential.token());
  }

  /// Who sends this request, which must bring a token.
  public Identity require(Exchange exchange) {
    Identity identity = identify(exchange);
    if (identity == null) {
      exchange.metrics().count(Counter.AUTH_MISSING);
      throw new RequestException(
          ErrorCode.UNAUTHENTICATED, "token: none (expected: " + expected() + ")");
    }
    return identity;
  }

  private String expected() {
    List<String> names = new ArrayList<>();
    if (carriers.header() != null) {
      names.add(
          carriers.header().equalsIgnoreCase("authorization")
              ? "Authorization: Bearer"
              : "the header " + carriers.header());
    }
    if (carriers.query() != null) {
      names.add("?" + carriers.query() + "=");
    }
    if (carriers.cookie() != null) {
      names.add("the cookie " + carriers.cookie());
    }
    return names.isEmpty() ? "the first command of a WebSocket" : String.join(" or ", names);
  }

  /// Whose token this is.
  public Identity identify(ShardMetrics metrics, String token) {
    return admitted(metrics, credentials.verify(token, clock.millis()));
  }

  private static Identity admitted(ShardMetrics metrics, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Accepted(Identity identity) -> {
        metrics.count(Counter.AUTH_ACCEPTED);
        yield identity;
      }
      case Verdict.Refused(Verdict.Reason reason) -> throw refused(metrics, reason);
    };
  }

  private static RequestException refused(ShardMetrics metrics, Verdict.Reason reason) {
    metrics.count(counter(reason));
    return new RequestException(
        reason.code(),
        reason == Verdict.Reason.KEYS_PENDING
            ? "token: not judged (expected: again in a moment; " + reason.text() + ")"
            : "token: refused (expected: a valid one; " + reason.text() + ")");
  }

  /// The same identity, acting for `tenant`; empty for the token's own.
  ///
  /// @throws RequestException `FORBIDDEN` for a tenant that the token does not have,
  ///   `TOKEN_REVOKED` for one in which it was revoked
  public Identity acting(ShardMetrics metrics, Identity identity, String tenant) {
    Identity acting = tenant.isEmpty() ? identity : identity.forTenant(tenant);
    if (acting == null) {
      metrics.count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "tenant: not granted (expected: one of the token's)");
    }
    if (credentials.check(new Verdict.Accepted(acting)) instanceof Verdict.Refused refused) {
      throw refused(metrics, refused.reason());
    }
    return acting;
  }

  /// How a connection ends that is refused with `code`.
  public static CloseReason closeReason(ErrorCode code) {
    return switch (code) {
      case TOKEN_EXPIRED -> CloseReason.TOKEN_EXPIRED;
      case TOKEN_REVOKED -> CloseReason.TOKEN_REVOKED;
      case UNAVAILABLE -> CloseReason.AUTH_UNAVAILABLE;
      case TOO_MANY_CONNECTIONS -> CloseReason.TOO_MANY_CONNECTIONS;
      case OVERLOADED, RATE_LIMITED, TOPIC_QUOTA -> CloseReason.OVERLOADED;
      case INTERNAL -> CloseReason.INTERNAL_ERROR;
      case FORBIDDEN -> CloseReason.FORBIDDEN;
      default -> CloseReason.UNAUTHENTICATED;
    };
  }

  private static Counter counter(Verdict.Reason reason) {
    return switch (reason) {
      case MALFORMED -> Counter.AUTH_MALFORMED;
      case TOO_LARGE -> Counter.LIMIT_TOKEN_BYTES;
      case ALGORITHM_NOT_ALLOWED -> Counter.AUTH_ALGORITHM;
      case UNKNOWN_KEY, UNKNOWN_API_KEY -> Counter.AUTH_UNKNOWN_KEY;
      case REVOKED -> Counter.AUTH_REVOKED;
      case BAD_SIGNATURE -> Counter.AUTH_SIGNATURE;
      case EXPIRED -> Counter.AUTH_EXPIRED;
      case NOT_YET_VALID -> Counter.AUTH_NOT_YET_VALID;
      case WRONG_ISSUER -> Counter.AUTH_ISSUER;
      case WRONG_AUDIENCE -> Counter.AUTH_AUDIENCE;
      case NO_TENANT, WRONG_TENANT -> Counter.AUTH_CLAIMS;
      case KEYS_PENDING -> Counter.AUTH_UNAVAILABLE;
    };
  }
}
