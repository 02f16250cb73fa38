package io.pushrod.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.pushrod.server.config.ServerConfig.Claims;
import io.pushrod.server.config.SignatureAlgorithm;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Signs new tokens: for the command line, for demos and for tests.
///
/// **Thread:** any.
public final class TokenMinter {
  private final JWSHeader header;
  private final JWSSigner signer;

  private TokenMinter(@Nullable String kid, JWSAlgorithm algorithm, JWSSigner signer) {
    this.header = new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(kid).build();
    this.signer = signer;
  }

  static TokenMinter ofSecret(@Nullable String kid, JWSAlgorithm algorithm, byte[] secret) {
    try {
      VerificationKey.ofSecret(kid, algorithm, secret);
      return new TokenMinter(kid, algorithm, new MACSigner(secret));
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a secret for " + algorithm, e);
    }
  }

  /// @param file a secret for HS, a PKCS#8 private key in PEM for RS and ES
  /// @throws IllegalArgumentException whose message names the file and says what was expected
  public static TokenMinter ofFile(@Nullable String kid, SignatureAlgorithm algorithm, Path file) {
    JWSAlgorithm signing = JWSAlgorithm.parse(algorithm.name());
    try {
      if (JWSAlgorithm.Family.HMAC_SHA.contains(signing)) {
        return ofSecret(kid, signing, KeyFiles.readSecret(file));
      }
      return ofPrivateKey(kid, signing, Pem.privateKey(KeyFiles.readText(file)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "key file: " + file + " (expected: " + e.getMessage() + ')', e);
    }
  }

  static TokenMinter ofPrivateKey(@Nullable String kid, JWSAlgorithm algorithm, PrivateKey key) {
    try {
      JWSSigner signer =
          switch (key) {
            case RSAPrivateKey rsa -> new RSASSASigner(rsa);
            case ECPrivateKey ec -> new ECDSASigner(ec);
            default -> throw new IllegalArgumentException("an RSA or EC private key");
          };
      if (!signer.supportedJWSAlgorithms().contains(algorithm)) {
        throw new IllegalArgumentException("a private key for " + algorithm);
      }
      return new TokenMinter(kid, algorithm, signer);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a private key for " + algorithm, e);
    }
  }

  public String mint(TokenRequest request, Claims names, Instant now) {
    JWTClaimsSet.Builder claims =
        new JWTClaimsSet.Builder()
            .subject(request.user())
            .claim(names.tenant(), request.tenant())
            .claim(names.topics(), request.topics())
            .claim(names.publish(), request.publish())
            .issueTime(Date.from(now))
            .jwtID(UUID.randomUUID().toString());
    if (!request.roles().isEmpty()) {
      claims.claim(names.roles(), request.roles());
    }
    if (!request.own().isEmpty()) {
      claims.claim(names.own(), request.own());
    }
    if (!request.tenants().isEmpty()) {
      claims.claim(names.tenants(), request.tenants());
    }
    if (request.timeToLive() != null) {
      claims.expirationTime(Date.from(now.plus(request.timeToLive())));
    }
    return sign(claims.build());
  }

  String sign(JWTClaimsSet claims) {
    SignedJWT token = new SignedJWT(header, claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("the key cannot sign", e);
    }
    return token.serialize();
  }
}
