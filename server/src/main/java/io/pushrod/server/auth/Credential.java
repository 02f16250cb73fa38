package io.pushrod.server.auth;

import io.pushrod.server.config.AuthConfig.Carriers;
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
  /// not. A carrier that is switched off is not looked at.
  ///
  /// @param headers the first header of a name
  /// @param query the first decoded parameter of a name
  /// @param cookies the `Cookie` header, if cookies may count
  /// @return null when the request brings no token
  public static @Nullable Credential ofRequest(
      Carriers names, Lookup headers, Lookup query, @Nullable String cookies) {
    String header = names.header() == null ? null : ofHeader(names.header(), headers);
    if (header != null) {
      return new Credential(Carrier.HEADER, header);
    }
    String parameter = names.query() == null ? null : query.first(names.query());
    if (parameter != null && !parameter.isEmpty()) {
      return new Credential(Carrier.QUERY, parameter);
    }
    String cookie =
        cookies == null || names.cookie() == null ? null : cookie(cookies, names.cookie());
    return cookie == null || cookie.isEmpty() ? null : new Credential(Carrier.COOKIE, cookie);
  }

  /// Finds values of a request by name.
  public interface Lookup {
    @Nullable String first(String name);
  }

  /// `Authorization` is for other schemes than `Bearer` too, which are not for us; a header of its
  /// own may hold the bare token.
  private static @Nullable String ofHeader(String name, Lookup headers) {
    String value = headers.first(name);
    if (value == null) {
      return null;
    }
    if (value.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      String token = value.substring(BEARER.length()).strip();
      return token.isEmpty() ? null : token;
    }
    boolean isBare = !name.equalsIgnoreCase("authorization") && !value.isBlank();
    return isBare ? value.strip() : null;
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
