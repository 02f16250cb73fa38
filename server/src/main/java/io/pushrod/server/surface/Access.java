package io.pushrod.server.surface;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.Credential;
import io.pushrod.server.auth.TokenVerifier;
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

/// Lets in whoever brings a valid token, by whatever carrier.
///
/// **Thread:** any loop.
public final class Access {
  private final TokenVerifier verifier;
  private final Clock clock;
  private final Carriers carriers;

  public Access(TokenVerifier verifier, Clock clock, Carriers carriers) {
    this.verifier = verifier;
    this.clock = clock;
    this.carriers = carriers;
  }

  /// Who sends this request: header before query before cookie.
  ///
  /// @return null when it brings no token
  /// @throws RequestException `UNAUTHENTICATED` or `TOKEN_EXPIRED` for a token that does not hold,
  ///   `UNAVAILABLE` for one that cannot be judged now
  public @Nullable Identity identify(Exchange exchange) {
    Credential credential = credential(exchange);
    return credential == null ? null : identify(exchange.metrics(), credential.token());
  }

  /// What carries the token that [#identify] looks at, or null when the request brings none.
  public Credential.@Nullable Carrier carrier(Exchange exchange) {
    Credential credential = credential(exchange);
    return credential == null ? null : credential.carrier();
  }

  private @Nullable Credential credential(Exchange exchange) {
    return Credential.ofRequest(carriers, exchange::header, exchange.query()::first);
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
    return switch (verifier.verify(token, clock.millis())) {
      case Verdict.Accepted(Identity identity) -> {
        metrics.count(Counter.AUTH_ACCEPTED);
        yield identity;
      }
      case Verdict.Refused(Verdict.Reason reason) -> {
        metrics.count(counter(reason));
        throw new RequestException(
            reason.code(),
            reason == Verdict.Reason.KEYS_PENDING
                ? "token: not judged (expected: again in a moment; " + reason.text() + ")"
                : "token: refused (expected: a valid one; " + reason.text() + ")");
      }
    };
  }

  /// Whose token this is, acting for `tenant`; empty for the token's own.
  ///
  /// @throws RequestException as above, and `FORBIDDEN` for a tenant that the token does not have
  public Identity identify(ShardMetrics metrics, String token, String tenant) {
    Identity identity = identify(metrics, token);
    Identity acting = tenant.isEmpty() ? identity : identity.forTenant(tenant);
    if (acting == null) {
      metrics.count(Counter.AUTH_GRANT);
      throw new RequestException(
          ErrorCode.FORBIDDEN, "tenant: not granted (expected: one of the token's)");
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
      case OVERLOADED -> CloseReason.OVERLOADED;
      case FORBIDDEN -> CloseReason.FORBIDDEN;
      default -> CloseReason.UNAUTHENTICATED;
    };
  }

  private static Counter counter(Verdict.Reason reason) {
    return switch (reason) {
      case MALFORMED -> Counter.AUTH_MALFORMED;
      case TOO_LARGE -> Counter.LIMIT_TOKEN_BYTES;
      case ALGORITHM_NOT_ALLOWED -> Counter.AUTH_ALGORITHM;
      case UNKNOWN_KEY -> Counter.AUTH_UNKNOWN_KEY;
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
