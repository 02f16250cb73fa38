package io.pushrod.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jwt.JWTClaimsSet;
import io.pushrod.server.config.AuthConfig.Claims;
import io.pushrod.server.config.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.NamedParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Signs new tokens: for the command line, for demos and for tests.
///
/// **Thread:** any.
public final class TokenMinter {
  private final JWSHeader header;
  private final Signer signer;

  /// Signs the bytes of header and payload, with the dot.
  private interface Signer {
    Base64URL sign(JWSHeader header, byte[] signed) throws JOSEException;
  }

  private TokenMinter(@Nullable String kid, JWSAlgorithm algorithm, Signer signer) {
    this.header = new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).keyID(kid).build();
    this.signer = signer;
  }

  static TokenMinter ofSecret(@Nullable String kid, JWSAlgorithm algorithm, byte[] secret) {
    try {
      VerificationKey.ofSecret(kid, algorithm, secret);
      return new TokenMinter(kid, algorithm, new MACSigner(secret)::sign);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a secret for " + algorithm, e);
    }
  }

  /// @param file a secret for HS, a PKCS#8 private key in PEM for all others
  /// @throws IllegalArgumentException whose message names the file and says what was expected
  public static TokenMinter ofFile(@Nullable String kid, SignatureAlgorithm algorithm, Path file) {
    JWSAlgorithm signing = JWSAlgorithm.parse(algorithm.toString());
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
      if (key instanceof EdECPrivateKey ed) {
        return ofEdwards(kid, algorithm, ed);
      }
      JWSSigner signer =
          switch (key) {
            case RSAPrivateKey rsa -> new RSASSASigner(rsa);
            case ECPrivateKey ec -> new ECDSASigner(ec);
            default -> throw new IllegalArgumentException("an RSA, EC or Ed25519 private key");
          };
      if (!signer.supportedJWSAlgorithms().contains(algorithm)) {
        throw new IllegalArgumentException("a private key for " + algorithm);
      }
      return new TokenMinter(kid, algorithm, signer::sign);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a private key for " + algorithm, e);
    }
  }

  private static TokenMinter ofEdwards(
      @Nullable String kid, JWSAlgorithm algorithm, EdECPrivateKey key) {
    if (!algorithm.equals(JWSAlgorithm.EdDSA)
        || !key.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
      throw new IllegalArgumentException("a private key for " + algorithm);
    }
    return new TokenMinter(
        kid,
        algorithm,
        (_, signed) -> {
          try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initSign(key);
            signature.update(signed);
            return Base64URL.encode(signature.sign());
          } catch (GeneralSecurityException e) {
            throw new JOSEException("the key cannot sign", e);
          }
        });
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
    String signed =
        header.toBase64URL().toString() + '.' + claims.toPayload().toBase64URL().toString();
    try {
      return signed + '.' + signer.sign(header, signed.getBytes(StandardCharsets.US_ASCII));
    } catch (JOSEException e) {
      throw new IllegalStateException("the key cannot sign", e);
    }
  }
}
