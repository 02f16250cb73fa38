package io.pushrod.server.surface;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.Credential;
import io.pushrod.server.auth.Credentials;
import io.pushrod.server.auth.Verdict;
import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.guard.Action;
import io.pushrod.server.guard.KillSwitches;
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
  private final KillSwitches switches;

  public Access(Credentials credentials, Clock clock, Carriers carriers, KillSwitches switches) {
    this.credentials = credentials;
    this.clock = clock;
    this.carriers = carriers;
    this.switches = switches;
  }

  /// Who sends this request: header before query before cookie.
  ///
  /// @return null when it brings no token
  /// @throws RequestException `UNAUTHENTICATED`, `TOKEN_EXPIRED` or `TOKEN_REVOKED` for a token
  ///   that does not hold, `UNAVAILABLE` for one that cannot be judged now, `KILL_SWITCH` for who
  ///   is switched off
  public @Nullable Identity identify(Exchange exchange) {
    return identify(exchange, carriers);
  }

  /// The same where a surface has carriers of its own.
  public @Nullable Identity identify(Exchange exchange, Carriers by) {
    String token = token(exchange, by);
    return token == null ? null : identify(exchange.metrics(), token);
  }

  private static @Nullable String token(Exchange exchange, Carriers by) {
    Credential credential =
        Credential.ofRequest(by, exchange::header, exchange.query()::first, exchange.cookies());
    return credential == null ? null : credential.token();
  }

  /// Who sent a request of which only this is left.
  ///
  /// @param cookies the `Cookie` header, if cookies may count
  /// @return null when it brought no token
  public @Nullable Identity identify(
      ShardMetrics metrics,
      Credential.Lookup headers,
      Credential.Lookup query,
      @Nullable String cookies) {
    Credential credential = Credential.ofRequest(carriers, headers, query, cookies);
    return credential == null ? null : identify(metrics, credential.token());
  }

  /// Who sends this request, which must bring a token.
  public Identity require(Exchange exchange) {
    return require(exchange, carriers);
  }

  /// The same where a surface has carriers of its own.
  public Identity require(Exchange exchange, Carriers by) {
    return switchedOn(exchange.metrics(), requireKnown(exchange, by));
  }

  /// The same, even of a tenant or user that is switched off: for those who can lift that.
  public Identity requireKnown(Exchange exchange) {
    return requireKnown(exchange, carriers);
  }

  private Identity requireKnown(Exchange exchange, Carriers by) {
    String token = token(exchange, by);
    if (token == null) {
      exchange.metrics().count(Counter.AUTH_MISSING);
      throw new RequestException(
          ErrorCode.UNAUTHENTICATED, "token: none (expected: " + expected(by) + ")");
    }
    return known(exchange.metrics(), token);
  }

  private static String expected(Carriers carriers) {
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
    return switchedOn(metrics, known(metrics, token));
  }

  /// The same identity, proven by something else than a token, unless it was revoked or switched
  /// off.
  public Identity admit(ShardMetrics metrics, Identity proven) {
    return switchedOn(metrics, admitted(metrics, credentials.check(new Verdict.Accepted(proven))));
  }

  private Identity known(ShardMetrics metrics, String token) {
    return admitted(metrics, credentials.verify(token, clock.millis()));
  }

  private Identity switchedOn(ShardMetrics metrics, Identity identity) {
    try {
      switches.check(identity);
    } catch (RequestException e) {
      metrics.count(Counter.AUTH_KILL_SWITCH);
      throw e;
    }
    return identity;
  }

  /// @throws RequestException `KILL_SWITCH` when the tenant has switched this off for all
  public void check(ShardMetrics metrics, Identity identity, Action action) {
    try {
      switches.check(identity, action);
    } catch (RequestException e) {
      metrics.count(Counter.AUTH_KILL_SWITCH);
      throw e;
    }
  }

  /// @param provider empty for none
  /// @throws RequestException `KILL_SWITCH` when such a run may not start
  public void checkRun(ShardMetrics metrics, Identity identity, String agent, String provider) {
    try {
      switches.checkRun(identity, agent, provider);
    } catch (RequestException e) {
      metrics.count(Counter.AUTH_KILL_SWITCH);
      throw e;
    }
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
  ///   `TOKEN_REVOKED` for one in which it was revoked, `KILL_SWITCH` for one that is switched off
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
    return switchedOn(metrics, acting);
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
      case KILL_SWITCH -> CloseReason.KILL_SWITCH;
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
