package io.pushrod.server.surface.kdcube;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.quota.SocketSeats;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Row;
import java.net.InetAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Finds the session of whoever asks, by KDCube's rules.
///
/// A token that holds gives its user's session, and no token that of the address and user agent. A
/// session that is named has to be the same user's; an anonymous one may be named where the row
/// lets anonymous sessions in, and whoever has a token by then gets the user's own session instead.
///
/// Who is not let in gets a [RequestException] with the text that KDCube's clients know, thrown or
/// as the answer's failure; and an answer fails as the store does.
///
/// **Thread:** the shard of the moment, where answers come too.
final class Visitors {
  private static final int FINGERPRINT_BYTES = 16;
  private static final String UNKNOWN = "Unknown session";

  private final KdcubeSettings settings;
  private final Sessions sessions;
  private final SocketSeats addresses;

  Visitors(KdcubeSettings settings, Sessions sessions, SocketSeats addresses) {
    this.settings = settings;
    this.sessions = sessions;
    this.addresses = addresses;
  }

  /// Who sends a request; the answer says so in its headers.
  CompletionStage<Visitor> of(Row row, Exchange exchange, Doorkeeper door, Moment now) {
    Carried carried =
        Carried.of(
            row,
            exchange::header,
            exchange.headers().getAll("X-Forwarded-For"),
            exchange.query(),
            exchange.cookies(),
            exchange.remoteAddress());
    return own(row, carried, door, now)
        .thenCompose(
            own -> {
              exchange.addHeader("X-User-Type", own.session().type().label());
              exchange.addHeader("X-Session-ID", own.session().id());
              return named(row, carried, own, now);
            })
        .thenApply(
            visitor -> {
              if (visitor.session().isAnonymous() && rejectsAnonymous(row)) {
                throw refused("Anonymous sessions are not allowed for " + row.config().path());
              }
              return visitor;
            });
  }

  static boolean rejectsAnonymous(Row row) {
    return row.option("reject_anonymous", "0").equals("1");
  }

  /// Who joins by a session that must be named. An anonymous one needs nothing but its id; any
  /// other needs its user's token.
  CompletionStage<Visitor> joining(Row row, Carried carried, Doorkeeper door, Moment now) {
    String id = carried.sessionId();
    return id == null
        ? CompletableFuture.failedFuture(refused(UNKNOWN))
        : sessions
            .find(id, now)
            .thenCompose(
                requested -> {
                  if (requested == null) {
                    throw refused(UNKNOWN);
                  }
                  return joining(row, carried, requested, door, now);
                });
  }

  private CompletionStage<Visitor> joining(
      Row row, Carried carried, UserSession requested, Doorkeeper door, Moment now) {
    if (carried.access() != null) {
      return own(row, carried, door, now)
          .thenApply(
              own -> {
                if (!requested.isAnonymous() && !requested.id().equals(own.session().id())) {
                  throw refused(UNKNOWN);
                }
                return own;
              });
    }
    if (!requested.isAnonymous()
        || rejectsAnonymous(row)
        || !requested.tenant().equals(row.config().anonymousTenant())) {
      throw refused(UNKNOWN);
    }
    return CompletableFuture.completedFuture(
        new Visitor(requested, Doorkeeper.anonymous(requested.tenant())));
  }

  /// The session of the credential, or of the place where it comes from.
  ///
  /// @throws RequestException for who has none
  private CompletionStage<Visitor> own(Row row, Carried carried, Doorkeeper door, Moment now) {
    String access = carried.access();
    if (access == null) {
      String tenant = row.config().anonymousTenant();
      if (tenant == null) {
        throw refused("Authentication required");
      }
      return sessions
          .anonymous(tenant, fingerprint(carried), now)
          .thenApply(session -> new Visitor(session, Doorkeeper.anonymous(tenant)));
    }
    Identity who = holder(door, access, now);
    if (who.user().isEmpty()) {
      throw refused("No user in session");
    }
    checkIdToken(row, carried.idToken(), who, door, now);
    return sessions
        .user(
            who.tenant(),
            who.user(),
            settings.typeOf(who.roles()),
            who.roles().stream().sorted().toList(),
            fingerprint(carried),
            now)
        .thenApply(session -> new Visitor(session, who));
  }

  private static Identity holder(Doorkeeper door, String token, Moment now) {
    try {
      return door.ofToken(now.metrics(), token);
    } catch (RequestException e) {
      throw e.code().status() == 401 ? new RequestException(e.code(), "Invalid token") : e;
    }
  }

  /// An ID token says nothing here that the access token does not; where a row wants it checked, it
  /// has to be the same user's.
  private static void checkIdToken(
      Row row, @Nullable String token, Identity who, Doorkeeper door, Moment now) {
    if (token == null || !row.option("id_token", "ignored").equals("checked")) {
      return;
    }
    Identity second = holder(door, token, now);
    if (!second.tenant().equals(who.tenant()) || !second.user().equals(who.user())) {
      throw refused("Invalid token");
    }
  }

  private CompletionStage<Visitor> named(Row row, Carried carried, Visitor own, Moment now) {
    String id = carried.sessionId();
    if (id == null || id.equals(own.session().id())) {
      return CompletableFuture.completedFuture(own);
    }
    if (own.session().isAnonymous()) {
      throw refused("No user in session");
    }
    return sessions
        .find(id, now)
        .thenApply(
            requested -> {
              checkNamed(row, carried, own.session(), requested);
              return own;
            });
  }

  /// Whether a user may name a session that is not the user's own.
  private void checkNamed(
      Row row, Carried carried, UserSession own, @Nullable UserSession requested) {
    if (requested == null) {
      throw refused(UNKNOWN);
    }
    if (requested.isAnonymous()) {
      if (rejectsAnonymous(row)) {
        throw refused("Anonymous sessions are not allowed");
      }
      if (!requested.fingerprint().equals(fingerprint(carried))) {
        throw refused(UNKNOWN);
      }
    } else if (!requested.tenant().equals(own.tenant())) {
      throw refused(UNKNOWN);
    } else {
      throw new RequestException(ErrorCode.FORBIDDEN, "Session does not belong to current user");
    }
  }

  private String fingerprint(Carried carried) {
    InetAddress address = addresses.client(carried.peer(), carried.forwardedFor());
    String text = (address == null ? "" : address.getHostAddress()) + "\n" + carried.userAgent();
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(hash, 0, FINGERPRINT_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: none (expected: in every JDK)", e);
    }
  }

  private static RequestException refused(String why) {
    return new RequestException(ErrorCode.UNAUTHENTICATED, why);
  }

  /// What rows of KDCube may have in `id_token`.
  static final List<String> ID_TOKEN = List.of("ignored", "checked");
}
