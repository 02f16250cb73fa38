package io.pushrod.server.support;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.pushrod.server.auth.DevSecret;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;

/// Tokens that no decent issuer makes, for a server in development mode.
public final class Tokens {
  private Tokens() {}

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .subject("ann")
        .claim("tenant", "acme")
        .claim("topics", List.of("*"))
        .claim("publish", List.of("*"));
  }

  public static String expired(Path dataDir) {
    return sign(dataDir, claims().expirationTime(Date.from(Instant.now().minusSeconds(600))));
  }

  public static String notYetValid(Path dataDir) {
    return sign(dataDir, claims().notBeforeTime(Date.from(Instant.now().plusSeconds(600))));
  }

  /// With every claim right, and a signature by another key.
  public static String wronglySigned(Path dataDir) {
    String token = sign(dataDir, claims());
    byte[] signature = Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1));
    signature[0] ^= 1;
    return token.substring(0, token.lastIndexOf('.') + 1)
        + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
  }

  /// With algorithm `none` and without a signature.
  public static String unsigned() {
    return encoded("{\"alg\":\"none\"}") + "." + encoded(claims().build().toString()) + ".";
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(US_ASCII));
  }

  private static String sign(Path dataDir, JWTClaimsSet.Builder claims) {
    try {
      byte[] key = Files.readString(DevSecret.file(dataDir)).strip().getBytes(US_ASCII);
      SignedJWT token =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("dev").build(), claims.build());
      token.sign(new MACSigner(key));
      return token.serialize();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }
}
