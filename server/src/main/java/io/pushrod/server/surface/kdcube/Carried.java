package io.pushrod.server.surface.kdcube;

import io.pushrod.server.auth.Credential;
import io.pushrod.server.auth.Credential.Lookup;
import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.http.Query;
import io.pushrod.server.surface.route.Row;
import java.net.SocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a request carries, by whichever transport it came: tokens, the session it names, where it
/// comes from. Holds credentials: nothing of it belongs in a log.
///
/// Each token is taken from the first carrier that has one, whatever carries the other.
///
/// @param access null for none
/// @param idToken null for none
/// @param sessionId null for none
/// @param forwardedFor all `X-Forwarded-For` lines
record Carried(
    @Nullable String access,
    @Nullable String idToken,
    @Nullable String sessionId,
    SocketAddress peer,
    List<String> forwardedFor,
    String userAgent) {
  Carried {
    forwardedFor = List.copyOf(forwardedFor);
  }

  /// Of an HTTP request.
  ///
  /// @param cookies null where a page may not act with its visitor's cookies
  static Carried of(
      Row row,
      Lookup headers,
      List<String> forwardedFor,
      Query query,
      @Nullable String cookies,
      SocketAddress peer) {
    String agent = headers.first("User-Agent");
    return new Carried(
        token(row.config().carriers(), headers, query, cookies),
        token(idCarriers(row), headers, query, cookies),
        firstSaid(headers.first("User-Session-ID"), query.first("user_session_id")),
        peer,
        forwardedFor,
        agent == null ? "" : agent);
  }

  private static @Nullable String token(
      Carriers by, Lookup headers, Query query, @Nullable String cookies) {
    Credential found = Credential.ofRequest(by, headers, query::first, cookies);
    return found == null ? null : found.token();
  }

  private static Carriers idCarriers(Row row) {
    return new Carriers(
        named(row.option("id_header", "X-ID-Token")),
        named(row.option("id_query", "id_token")),
        named(row.option("id_cookie", "__Secure-LITC")));
  }

  private static @Nullable String named(String option) {
    return option.isEmpty() || option.equals("none") ? null : option;
  }

  /// The first of these that says anything; null for none.
  static @Nullable String firstSaid(@Nullable String... texts) {
    for (String text : texts) {
      if (text != null && !text.isBlank()) {
        return text.strip();
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return "Carried[hidden]";
  }
}
