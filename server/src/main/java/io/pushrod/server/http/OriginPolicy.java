package io.pushrod.server.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which web pages may talk to us: decides by the `Origin` header (RFC 6454), and words the answer
/// as CORS headers (WHATWG Fetch, section 3.2).
///
/// A request without `Origin` does not come from a page of another site, and is allowed.
public final class OriginPolicy {
  private static final String SAME = "same";
  private static final String ANY = "*";

  private final boolean same;
  private final boolean any;
  private final Set<String> exact;

  private OriginPolicy(boolean same, boolean any, Set<String> exact) {
    this.same = same;
    this.any = any;
    this.exact = exact;
  }

  /// @param allowed each of `same` (the Origin's host and port are those of the Host header), `*`
  ///   (every page, without credentials), or an origin such as `https://app.example.com`
  /// @throws IllegalArgumentException if an entry is none of these
  public static OriginPolicy of(List<String> allowed) {
    Set<String> exact =
        allowed.stream()
            .filter(entry -> !entry.equals(SAME) && !entry.equals(ANY))
            .map(OriginPolicy::origin)
            .collect(Collectors.toUnmodifiableSet());
    return new OriginPolicy(allowed.contains(SAME), allowed.contains(ANY), exact);
  }

  private static String origin(String entry) {
    String lower = entry.toLowerCase(Locale.ROOT);
    int scheme = lower.indexOf("://");
    if (scheme <= 0 || lower.indexOf('/', scheme + 3) >= 0 || lower.length() == scheme + 3) {
      throw new IllegalArgumentException(
          "origin: " + entry + " (expected: same, * or scheme://host[:port])");
    }
    return lower;
  }

  /// Whether a page of this origin may use us.
  public boolean allows(@Nullable String origin, @Nullable String host) {
    if (origin == null || any) {
      return true;
    }
    return isNamed(origin, host);
  }

  private boolean isNamed(String origin, @Nullable String host) {
    String lower = origin.toLowerCase(Locale.ROOT);
    return exact.contains(lower) || (same && host != null && isSame(lower, host));
  }

  private static boolean isSame(String origin, String host) {
    int scheme = origin.indexOf("://");
    if (scheme < 0) {
      return false;
    }
    String defaultPort = origin.startsWith("https:") ? ":443" : ":80";
    return withoutPort(origin.substring(scheme + 3), defaultPort)
        .equals(withoutPort(host.toLowerCase(Locale.ROOT), defaultPort));
  }

  private static String withoutPort(String authority, String port) {
    return authority.endsWith(port)
        ? authority.substring(0, authority.length() - port.length())
        : authority;
  }

  /// Whether what a browser adds by itself, cookies, may count for a page of this origin: never for
  /// one that only `*` lets in, since any site could then act as whoever visits it.
  public boolean allowsCookies(@Nullable String origin, @Nullable String host) {
    return origin == null || isNamed(origin, host);
  }

  /// Adds what lets an allowed page read the answer; adds only `Vary` for a page that may not.
  void addTo(HttpHeaders answer, @Nullable String origin, @Nullable String host) {
    if (any && (origin == null || !exact.contains(origin.toLowerCase(Locale.ROOT)))) {
      if (origin != null) {
        answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
      }
      return;
    }
    answer.add(HttpHeaderNames.VARY, HttpHeaderNames.ORIGIN);
    if (origin != null && allows(origin, host)) {
      answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, origin);
      answer.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    }
  }
}
