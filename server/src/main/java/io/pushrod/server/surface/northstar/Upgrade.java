package io.pushrod.server.surface.northstar;

import io.pushrod.server.http.Exchange;
import io.pushrod.server.metrics.ShardMetrics;
import org.jspecify.annotations.Nullable;

/// What the request that opened a socket said, kept for when it is judged.
///
/// @param refusal why its headers and query cannot stand; null when they can
/// @param ticket of the query; null for none
/// @param hasEnv whether the header of an older generation was there
/// @param cursor after which to read; null for all
record Upgrade(
    Claims claims,
    @Nullable Envelope refusal,
    @Nullable String ticket,
    boolean hasEnv,
    @Nullable String cursor,
    ShardMetrics metrics) {
  private static final String KIND = "chat";

  static Upgrade of(Exchange exchange, Profile profile) {
    Claims claims = new Claims(java.util.Map.of());
    Envelope refusal = null;
    try {
      Gate.checkEnv(exchange, profile, KIND);
      claims = Claims.of(exchange, KIND);
    } catch (Refusal e) {
      refusal = e.envelope();
    }
    String ticket = exchange.query().first("ticket");
    return new Upgrade(
        claims,
        refusal,
        ticket == null || ticket.isEmpty() ? null : ticket,
        exchange.header("X-Env") != null,
        cursor(exchange),
        exchange.metrics());
  }

  /// The header wins; one that is empty says nothing.
  static @Nullable String cursor(Exchange exchange) {
    String inHeader = exchange.header("Last-Event-ID");
    String said =
        inHeader == null || inHeader.isEmpty() ? exchange.query().first("last_event_id") : inHeader;
    return said == null || said.isEmpty() ? null : said;
  }
}
