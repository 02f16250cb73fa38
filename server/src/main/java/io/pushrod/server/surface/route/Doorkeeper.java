package io.pushrod.server.surface.route;

import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Lets people in by a row's carriers.
///
/// **Thread:** any; immutable.
public final class Doorkeeper {
  private final Access access;

  public Doorkeeper(Access access) {
    this.access = access;
  }

  /// Who sends this request; null when it brings no token.
  ///
  /// @throws RequestException for a token that does not hold
  public @Nullable Identity find(Row row, Exchange exchange) {
    return access.identify(exchange, row.config().carriers());
  }

  /// The same, where one who brings none is nobody in particular, or refused.
  ///
  /// @throws RequestException `UNAUTHENTICATED` too
  public Identity require(Row row, Exchange exchange) {
    String tenant = row.config().anonymousTenant();
    Identity known = find(row, exchange);
    if (known != null) {
      return known;
    }
    return tenant == null ? access.require(exchange, row.config().carriers()) : anonymous(tenant);
  }

  /// Who brings this token.
  public Identity ofToken(ShardMetrics metrics, String token) {
    return access.identify(metrics, token);
  }

  /// Nobody in particular, who may read whatever the row serves and publish nothing.
  public static Identity anonymous(String tenant) {
    return new Identity(
        tenant,
        "",
        Set.of(),
        Grants.ALL,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }
}
