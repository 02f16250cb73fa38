package io.pushrod.server.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of `auth.issuers`: whose tokens are accepted, by which keys, and for which tenants.
///
/// @param where file, line and key of the entry, for messages
/// @param issuer what `iss` is
/// @param audience what `aud` must hold, or null for anything
/// @param jwksUrl where its key set is fetched, or null for static keys
/// @param keys static keys; empty with a URL
/// @param algorithms the only ones that sign its tokens; empty for whatever its keys are for
/// @param tenant the tenant of all its tokens, whatever they say, or null
/// @param tenants the tenants that its tokens may name; empty for any
public record AuthIssuer(
    String where,
    String issuer,
    @Nullable String audience,
    @Nullable URI jwksUrl,
    List<AuthKey> keys,
    List<SignatureAlgorithm> algorithms,
    @Nullable String tenant,
    List<String> tenants) {

  static AuthIssuer read(Settings settings) {
    String issuer = settings.optionalText("issuer");
    settings.check(issuer != null, "issuer", "what iss is in its tokens");
    URI url = url(settings, "jwks_url");
    AuthIssuer read =
        new AuthIssuer(
            settings.where(),
            issuer == null ? "" : issuer,
            settings.optionalText("audience"),
            url,
            settings.sections("keys").stream().map(AuthKey::read).toList(),
            algorithms(settings),
            settings.optionalText("tenant"),
            settings.texts("tenants", List.of()));
    settings.finish();
    settings.check(
        (url == null) != read.keys.isEmpty(), "jwks_url", "either jwks_url or keys, not both");
    settings.check(
        url == null || read.algorithms.stream().noneMatch(SignatureAlgorithm::isSymmetric),
        "algorithms",
        "no HS with jwks_url: whoever can read such a key could sign");
    settings.check(
        read.tenant == null || read.tenants.isEmpty(), "tenants", "either tenant or tenants");
    return read;
  }

  private static List<SignatureAlgorithm> algorithms(Settings settings) {
    List<SignatureAlgorithm> known = List.of(SignatureAlgorithm.values());
    List<String> names = settings.texts("algorithms", List.of());
    settings.check(
        known.stream().map(SignatureAlgorithm::toString).toList().containsAll(names),
        "algorithms",
        "some of " + known.toString());
    return known.stream().filter(each -> names.contains(each.toString())).toList();
  }

  private static @Nullable URI url(Settings settings, String key) {
    String text = settings.optionalText(key);
    if (text == null) {
      return null;
    }
    try {
      URI url = new URI(text);
      settings.check(
          url.getHost() != null
              && url.getRawUserInfo() == null
              && url.getRawFragment() == null
              && ("https".equals(url.getScheme())
                  || ("http".equals(url.getScheme()) && ServerConfig.isLoopback(url.getHost()))),
          key,
          "an https URL without user and fragment; http for a loopback host only");
      return url;
    } catch (URISyntaxException _) {
      settings.check(false, key, "an https URL");
      return null;
    }
  }
}
