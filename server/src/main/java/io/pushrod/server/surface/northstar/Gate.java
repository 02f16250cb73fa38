package io.pushrod.server.surface.northstar;

import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.northstar.Tickets.Ticket;
import io.pushrod.server.surface.route.Row;
import org.jspecify.annotations.Nullable;

/// Lets requests in by token or ticket, and checks what they say about themselves.
///
/// **Thread:** any; immutable.
final class Gate {
  private static final int FORBIDDEN = 403;

  private final Equipment equipment;
  private final Tickets tickets;

  Gate(Equipment equipment, Tickets tickets) {
    this.equipment = equipment;
    this.tickets = tickets;
  }

  /// The caller of a request, by token or else by ticket.
  ///
  /// @param kind of thing that is asked for
  /// @throws Refusal or [RequestException] for who is not let in
  Caller require(Row row, Exchange exchange, String kind) {
    Profile profile = profile(row);
    checkEnv(exchange, profile, kind);
    Identity who = equipment.services().door().find(row, exchange);
    Claims claims = Claims.of(exchange, kind);
    if (who == null) {
      Ticket ticket = ticket(exchange, kind);
      if (ticket == null) {
        exchange.metrics().count(Counter.AUTH_MISSING);
        throw new Refusal(Envelope.ticketMissing(kind));
      }
      Identity bearer = admit(exchange.metrics(), ticket);
      return new Caller(bearer, claims.over(ticket.claims(), kind).judged(bearer, kind, FORBIDDEN));
    }
    if (isComplete(profile, exchange, claims)) {
      claims.complete(kind);
    }
    return new Caller(who, claims.judged(who, kind, FORBIDDEN));
  }

  private static boolean isComplete(Profile profile, Exchange exchange, Claims claims) {
    return switch (profile) {
      case N1, N2 -> false;
      case N3 -> true;
      case ANY -> exchange.header("X-Env") == null && claims.isContext();
    };
  }

  /// @throws Refusal for a header of an older generation, where that is not served
  static void checkEnv(Exchange exchange, Profile profile, String kind) {
    if (profile == Profile.N3 && exchange.header("X-Env") != null) {
      throw new Refusal(
          Envelope.of(
              Envelope.GENERAL,
              "X-Env header is not allowed; use X-Mode (saas|enterprise|lab)",
              400,
              kind));
    }
  }

  /// The ticket of the query; null for none.
  @Nullable Ticket ticket(Exchange exchange, String kind) {
    String text = exchange.query().first("ticket");
    return text == null || text.isEmpty() ? null : ticket(text, kind);
  }

  /// @throws Refusal `auth.ticket_invalid`
  Ticket ticket(String text, String kind) {
    return tickets.verify(text, equipment.clock().millis(), kind);
  }

  /// Whose ticket it is.
  ///
  /// @throws RequestException for one who was switched off since, or whose token was revoked
  Identity admit(ShardMetrics metrics, Ticket ticket) {
    return equipment.services().access().admit(metrics, ticket.who());
  }

  String issue(Caller caller) {
    return tickets.issue(caller.context(), caller.who(), equipment.clock().millis());
  }

  static Profile profile(Row row) {
    return Profile.of(row.option("profile", "any"));
  }
}
