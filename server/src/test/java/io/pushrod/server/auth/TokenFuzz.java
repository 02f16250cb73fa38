package io.pushrod.server.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.session.Identity;
import io.pushrod.server.support.Claim;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Any token gets a verdict: one that is nobody's never an identity, and one with a good signature
/// over any claims, or under any header, an identity within its rules or a refusal.
///
/// The first byte says what the rest is: a token, the claims, or the header.
public final class TokenFuzz {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final TokenVerifier VERIFIER =
      TokenVerifier.of(
          ServerConfig.with(
              false,
              "auth.keys=[{alg: HS256, secret: " + SECRET + "}]",
              "auth.token_cache_entries=0"));
  private static final long NOW_MILLIS = 1_795_241_760_000L;

  private TokenFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length > 0) {
      byte[] rest = Arrays.copyOfRange(input, 1, input.length);
      switch (input[0] % 3) {
        case 1 ->
            check(
                VERIFIER.verify(
                    signed("{\"alg\":\"HS256\"}".getBytes(US_ASCII), rest), NOW_MILLIS));
        case 2 ->
            check(
                VERIFIER.verify(
                    signed(rest, "{\"tenant\":\"acme\"}".getBytes(US_ASCII)), NOW_MILLIS));
        default -> {
          Verdict verdict = VERIFIER.verify(new String(rest, UTF_8), NOW_MILLIS);
          Claim.that(!(verdict instanceof Accepted), "nobody's token is refused");
        }
      }
    }
  }

  private static void check(Verdict verdict) {
    if (verdict instanceof Accepted(Identity who)) {
      Claim.that(Identity.isTenant(who.tenant()), "the tenant has its form");
      Claim.that(who.user().length() <= 255, "the user is bounded");
      Claim.that(who.expiresAtMillis() > NOW_MILLIS, "it has not expired");
    }
  }

  private static String signed(byte[] header, byte[] claims) {
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    String text = encoder.encodeToString(header) + "." + encoder.encodeToString(claims);
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET.getBytes(US_ASCII), "HmacSHA256"));
      return text + "." + encoder.encodeToString(mac.doFinal(text.getBytes(US_ASCII)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has HmacSHA256", e);
    }
  }
}
