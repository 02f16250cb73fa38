package io.pushrod.server.auth;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A token as it came with a request, and how. Browsers send cookies by themselves, so whoever acts
/// on one has to look at the origin of the request too.
public record Credential(Carrier carrier, String token) {

  /// In the order in which they win.
  public enum Carrier {
    HEADER,
    QUERY,
    COOKIE
  }

  private static final String BEARER = "bearer ";

  /// Picks the token of a request: the first carrier that holds one wins, whether it is valid or
  /// not.
  ///
  /// @param authorization the `Authorization` header; other schemes than `Bearer` are not for us
  /// @param query the decoded `token` parameter
  /// @param cookies the `Cookie` header
  /// @param cookieName which of the cookies holds tokens
  /// @return null when the request brings no token
  public static @Nullable Credential ofRequest(
      @Nullable String authorization,
      @Nullable String query,
      @Nullable String cookies,
      String cookieName) {
    if (authorization != null
        && authorization.length() > BEARER.length()
        && authorization.substring(0, BEARER.length()).toLowerCase(Locale.ROOT).equals(BEARER)) {
      return new Credential(Carrier.HEADER, authorization.substring(BEARER.length()).strip());
    }
    if (query != null && !query.isEmpty()) {
      return new Credential(Carrier.QUERY, query);
    }
    String cookie = cookies == null ? null : cookie(cookies, cookieName);
    return cookie == null || cookie.isEmpty() ? null : new Credential(Carrier.COOKIE, cookie);
  }

  /// RFC 6265 section 4.2.1; the value may stand in quotes.
  private static @Nullable String cookie(String cookies, String name) {
    int from = 0;
    while (from < cookies.length()) {
      int end = cookies.indexOf(';', from);
      String pair = cookies.substring(from, end < 0 ? cookies.length() : end).strip();
      if (pair.startsWith(name) && pair.startsWith("=", name.length())) {
        String value = pair.substring(name.length() + 1);
        boolean quoted = value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"");
        return quoted ? value.substring(1, value.length() - 1) : value;
      }
      if (end < 0) {
        return null;
      }
      from = end + 1;
    }
    return null;
  }

  @Override
  public String toString() {
    return "Credential[" + carrier + ", hidden]";
  }
}
