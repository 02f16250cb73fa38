package io.pushrod.server.surface.runs;

import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import org.jspecify.annotations.Nullable;

/// Who asks for runs: whoever brings a token by the row's carriers, or by one more header.
///
/// @param apiKey carries nothing but that header
record RunCallers(Access access, Carriers carriers, Carriers apiKey) {
  /// @return null for who brings none
  /// @throws io.pushrod.codec.RequestException for a token that does not hold
  @Nullable Identity identify(Exchange exchange) {
    Identity known = access.identify(exchange, carriers);
    return known == null ? access.identify(exchange, apiKey) : known;
  }
}
