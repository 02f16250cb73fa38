package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Tickets: short-lived credentials for clients that can set no header.
///
/// A ticket is `base64url(json) "." base64url(HMAC-SHA256 of the json)` without padding. The JSON
/// is compact and its members are sorted: those of Northstar, and `pushrod`, which holds what its
/// bearer's token grants. A ticket without that was made by another service that has the secret; it
/// grants the threads and canvases of its tenant.
///
/// **Thread:** any; immutable.
final class Tickets {
  static final int LIFE_SECONDS = 300;

  private static final String ALGORITHM = "HmacSHA256";
  private static final int MAX_LENGTH = 16 * 1024;
  private static final Grants OWN_TOPICS = Grants.of(List.of("thread/*", "canvas/*"));
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  /// What a good ticket says.
  record Ticket(Claims claims, Identity who) {}

  private final SecretKeySpec secret;

  Tickets(byte[] secret) {
    this.secret = new SecretKeySpec(secret, ALGORITHM);
  }

  String issue(Context context, Identity who, long nowMillis) {
    long now = nowMillis / 1000;
    ByteBuf body = Unpooled.buffer(512);
    JsonObjectWriter json = new JsonObjectWriter(body);
    Envelope.orNull(json, "app_id", context.app())
        .number("exp", now + LIFE_SECONDS)
        .number("iat", now);
    Envelope.orNull(json, "mode", context.mode());
    Envelope.orNull(json, "project_id", context.project()).name("pushrod");
    grants(body, who);
    json.text("request_id", context.request());
    Envelope.orNull(json, "surface_id", context.surface())
        .text("tenant_id", context.tenant())
        .text("user_id", context.user())
        .end();
    return signed(body);
  }

  private static void grants(ByteBuf out, Identity who) {
    JsonObjectWriter json =
        new JsonObjectWriter(out)
            .number("expires", who.expiresAtMillis())
            .text("id", who.tokenId())
            .number("issued", who.issuedAtMillis())
            .name("own");
    JsonStrings.writeArray(out, who.own().patterns());
    json.name("publish");
    JsonStrings.writeArray(out, who.publish().patterns());
    json.name("roles");
    JsonStrings.writeArray(out, who.roles().stream().sorted().toList());
    json.name("subscribe");
    JsonStrings.writeArray(out, who.subscribe().patterns());
    json.text("user", who.user()).end();
  }

  private String signed(ByteBuf body) {
    byte[] bytes = new byte[body.readableBytes()];
    body.readBytes(bytes);
    return ENCODER.encodeToString(bytes) + '.' + signature(bytes);
  }

  private String signature(byte[] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      return ENCODER.encodeToString(mac.doFinal(body));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("HmacSHA256: not there (expected: in every JDK)", e);
    }
  }

  /// @throws Refusal `auth.ticket_invalid` for one that is not ours, or expired
  Ticket verify(String ticket, long nowMillis, String kind) {
    Json said = read(ticket, kind);
    long expires = number(said, "exp");
    if (expires == 0) {
      throw invalid("ticket expiry missing", kind);
    }
    if (nowMillis / 1000 > expires) {
      throw invalid("ticket expired", kind);
    }
    String tenant = said.text("tenant_id");
    String mode = said.text("mode");
    if (mode == null || !Claims.MODES.contains(mode)) {
      throw invalid("ticket mode must be one of saas, enterprise, lab", kind);
    }
    if (tenant == null || !Identity.isTenant(tenant) || !said.has("project_id")) {
      throw invalid("ticket missing required scope fields", kind);
    }
    return new Ticket(claims(said), identity(said, tenant, kind));
  }

  private Json read(String ticket, String kind) {
    int dot = ticket.indexOf('.');
    if (dot < 0 || ticket.length() > MAX_LENGTH) {
      throw invalid("invalid ticket format", kind);
    }
    byte[] body;
    try {
      body = Base64.getUrlDecoder().decode(ticket.substring(0, dot));
    } catch (IllegalArgumentException e) {
      throw invalid("invalid ticket format", kind);
    }
    byte[] expected = signature(body).getBytes(US_ASCII);
    if (!MessageDigest.isEqual(expected, ticket.substring(dot + 1).getBytes(UTF_8))) {
      throw invalid("invalid ticket signature", kind);
    }
    try {
      return Json.parse("ticket", Unpooled.wrappedBuffer(body), 0, body.length);
    } catch (RequestException e) {
      throw invalid("invalid ticket payload", kind);
    }
  }

  private static Claims claims(Json said) {
    Map<String, String> claims = new LinkedHashMap<>();
    for (String name : Claims.NAMES) {
      String value = said.text(name);
      if (value != null && !value.isEmpty()) {
        claims.put(name, value);
      }
    }
    return new Claims(claims);
  }

  private static Identity identity(Json said, String tenant, String kind) {
    Json ours = said.object("pushrod");
    String user = said.text("user_id");
    if (!said.has("pushrod")) {
      return new Identity(
          tenant,
          user == null ? "" : user,
          Set.of(),
          OWN_TOPICS,
          OWN_TOPICS,
          Grants.NONE,
          Set.of(),
          number(said, "iat") * 1000,
          Long.MAX_VALUE,
          "");
    }
    try {
      return new Identity(
          tenant,
          orEmpty(ours.text("user")),
          texts(ours, "roles"),
          Grants.of(texts(ours, "subscribe")),
          Grants.of(texts(ours, "publish")),
          Grants.of(texts(ours, "own")),
          Set.of(),
          number(ours, "issued"),
          number(ours, "expires"),
          orEmpty(ours.text("id")));
    } catch (IllegalArgumentException e) {
      throw invalid("invalid ticket payload", kind);
    }
  }

  private static Set<String> texts(Json of, String name) {
    return of.elements(name).stream()
        .map(Json::value)
        .map(Tickets::orEmpty)
        .collect(Collectors.toSet());
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static long number(Json of, String name) {
    String text = of.raw(name);
    return text == null || !text.matches("[0-9]{1,19}") ? 0 : parsed(text);
  }

  private static long parsed(String digits) {
    try {
      return Long.parseLong(digits);
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static Refusal invalid(String why, String kind) {
    return new Refusal(Envelope.ticketInvalid(why, kind));
  }
}
