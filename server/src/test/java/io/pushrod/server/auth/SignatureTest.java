package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which key verifies what, and headers that try to have a say in it.
class SignatureTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long SKEW_SECONDS = 30;
  private static final String CLAIMS = "{\"tenant\":\"acme\"}";
  private static final KeyPair RSA = pair("RSA", 2_048);
  private static final KeyPair EC = pair("EC", 256);
  private static final KeyPair EDWARDS = KeyPairs.ed25519();
  private static final KeyPair STRANGER = KeyPairs.ed25519();

  private final TokenVerifier edwards =
      verifier(VerificationKey.ofEdwards("k1", null, (EdECPublicKey) EDWARDS.getPublic()));

  private static KeyPair pair(String type, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static TokenVerifier verifier(VerificationKey... keys) {
    ServerConfig config = ServerConfig.defaults(false);
    return new TokenVerifier(
        KeySource.of(List.of(keys)),
        ClaimRules.of(config.auth()),
        config.limits().tokenBytes(),
        config.auth().tokenCacheEntries());
  }

  private static String minted(JWSAlgorithm algorithm, KeyPair pair) {
    return TokenMinter.ofPrivateKey(null, algorithm, pair.getPrivate())
        .sign(new JWTClaimsSet.Builder().claim("tenant", "acme").build());
  }

  /// With exactly this header and these claims, and a good Ed25519 signature.
  private static String edwards(String header, String claims, KeyPair pair) {
    String signed = base64(header.getBytes(StandardCharsets.UTF_8));
    signed += '.' + base64(claims.getBytes(StandardCharsets.UTF_8));
    try {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + '.' + base64(signature.sign());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static void accepted(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Accepted.class);
  }

  private static void refused(Verdict verdict, Reason reason) {
    assertThat(verdict).isEqualTo(new Refused(reason));
  }

  // Algorithms.

  @ParameterizedTest
  @CsvSource({"PS256,RS256", "PS384,RS384", "PS512,RS512"})
  void aKeyForOnePaddingVerifiesNoOther(String probabilistic, String plain) {
    JWSAlgorithm ps = JWSAlgorithm.parse(probabilistic);
    JWSAlgorithm rs = JWSAlgorithm.parse(plain);
    RSAPublicKey key = (RSAPublicKey) RSA.getPublic();
    TokenVerifier onlyPs = verifier(VerificationKey.ofRsa(null, ps, key));
    TokenVerifier onlyRs = verifier(VerificationKey.ofRsa(null, rs, key));
    accepted(onlyPs.verify(minted(ps, RSA), NOW));
    refused(onlyPs.verify(minted(rs, RSA), NOW), Reason.ALGORITHM_NOT_ALLOWED);
    refused(onlyRs.verify(minted(ps, RSA), NOW), Reason.ALGORITHM_NOT_ALLOWED);
    accepted(verifier(VerificationKey.ofRsa(null, null, key)).verify(minted(ps, RSA), NOW));
    // The header says one padding, the signature has the other.
    String[] parts = minted(rs, RSA).split("\\.", -1);
    String relabelled =
        base64(("{\"alg\":\"" + ps + "\"}").getBytes(StandardCharsets.US_ASCII))
            + '.'
            + parts[1]
            + '.'
            + parts[2];
    refused(onlyPs.verify(relabelled, NOW), Reason.BAD_SIGNATURE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "PS256", "HS256", "ES384", "EdDSA", "none", "RS1", "A128KW"})
  void anEllipticKeyVerifiesOnlyWhatFitsItsCurve(String algorithm) {
    TokenVerifier elliptic =
        verifier(VerificationKey.ofEc(null, null, (ECPublicKey) EC.getPublic()));
    String token = minted(JWSAlgorithm.ES256, EC);
    accepted(elliptic.verify(token, NOW));
    String header = base64(("{\"alg\":\"" + algorithm + "\"}").getBytes(StandardCharsets.US_ASCII));
    assertThat(elliptic.verify(header + token.substring(token.indexOf('.')), NOW))
        .isIn(new Refused(Reason.ALGORITHM_NOT_ALLOWED), new Refused(Reason.MALFORMED));
  }

  @ParameterizedTest
  @ValueSource(strings = {"EdDSA", "Ed25519"})
  void verifiesEdwards(String algorithm) {
    String header = "{\"alg\":\"" + algorithm + "\"}";
    accepted(edwards.verify(edwards(header, CLAIMS, EDWARDS), NOW));
    refused(edwards.verify(edwards(header, CLAIMS, STRANGER), NOW), Reason.BAD_SIGNATURE);
    String token = edwards(header, CLAIMS, EDWARDS);
    String zeros = base64(new byte[64]);
    for (String signature : List.of(zeros, base64(new byte[63]), base64(new byte[0]))) {
      refused(
          edwards.verify(token.substring(0, token.lastIndexOf('.') + 1) + signature, NOW),
          Reason.BAD_SIGNATURE);
    }
  }

  // Headers.

  @Test
  void aKeyInTheTokenIsNotLookedAt() {
    byte[] encoded = STRANGER.getPublic().getEncoded();
    String x = base64(java.util.Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    String url = "\"http://127.0.0.1:1/jwks\"";
    for (String more :
        List.of(
            "\"jwk\":{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + x + "\"}",
            "\"jku\":" + url,
            "\"x5u\":" + url,
            "\"x5c\":[\"AAAA\"]",
            "\"jku\":" + url + ",\"kid\":\"k1\"")) {
      String header = "{\"alg\":\"EdDSA\"," + more + "}";
      refused(edwards.verify(edwards(header, CLAIMS, STRANGER), NOW), Reason.BAD_SIGNATURE);
      accepted(edwards.verify(edwards(header, CLAIMS, EDWARDS), NOW));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../../../dev/null",
        "/etc/passwd",
        "file:///dev/null",
        "k1' OR '1'='1",
        "'; DROP TABLE keys; --",
        "K1",
        "k1\\u0000",
        " k1",
        "",
        "*",
        "\\r\\nk1"
      })
  void aKeyIdIsOnlyCompared(String kid) {
    String header = "{\"alg\":\"EdDSA\",\"kid\":\"" + kid + "\"}";
    refused(edwards.verify(edwards(header, CLAIMS, EDWARDS), NOW), Reason.UNKNOWN_KEY);
  }

  @Test
  void aKeyIdMayBeLong() {
    String header = "{\"alg\":\"EdDSA\",\"kid\":\"" + "k".repeat(10_240) + "\"}";
    refused(edwards.verify(edwards(header, CLAIMS, EDWARDS), NOW), Reason.UNKNOWN_KEY);
    String number = "{\"alg\":\"EdDSA\",\"kid\":5}";
    refused(edwards.verify(edwards(number, CLAIMS, EDWARDS), NOW), Reason.MALFORMED);
  }

  @Test
  void triesNoMoreThanSixteenKeys() {
    VerificationKey other =
        VerificationKey.ofEdwards(null, null, (EdECPublicKey) STRANGER.getPublic());
    VerificationKey right =
        VerificationKey.ofEdwards(null, null, (EdECPublicKey) EDWARDS.getPublic());
    String token = edwards("{\"alg\":\"EdDSA\"}", CLAIMS, EDWARDS);
    List<VerificationKey> fifteen = Collections.nCopies(15, other);
    List<VerificationKey> sixteen = Collections.nCopies(16, other);
    accepted(verifier(with(fifteen, right)).verify(token, NOW));
    refused(verifier(with(sixteen, right)).verify(token, NOW), Reason.BAD_SIGNATURE);
  }

  private static VerificationKey[] with(List<VerificationKey> keys, VerificationKey last) {
    VerificationKey[] all = keys.toArray(new VerificationKey[keys.size() + 1]);
    all[keys.size()] = last;
    return all;
  }

  // Claims.

  private Verdict verify(String claims) {
    return edwards.verify(edwards("{\"alg\":\"EdDSA\"}", claims, EDWARDS), NOW);
  }

  @ParameterizedTest
  @CsvSource({"0,true", "30,true", "31,false", "1e9,false"})
  void isNotIssuedInTheFuture(double secondsAhead, boolean valid) {
    Verdict verdict =
        verify("{\"tenant\":\"acme\",\"iat\":" + (NOW / 1_000 + (long) secondsAhead) + "}");
    if (valid) {
      assertThat(secondsAhead).isLessThanOrEqualTo(SKEW_SECONDS);
      accepted(verdict);
    } else {
      refused(verdict, Reason.NOT_YET_VALID);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"tenant\":\"acme\",\"tenant\":\"globex\"}",
        "{\"tenant\":\"acme\",\"exp\":1,\"exp\":9999999999}",
        "{\"tenant\":\"acme\",\"t\\u006fpics\":[],\"topics\":[\"*\"]}",
        "{\"iss\":\"https://a\",\"tenant\":\"acme\",\"iss\":\"https://b\"}"
      })
  void refusesAClaimThatIsThereTwice(String claims) {
    refused(verify(claims), Reason.MALFORMED);
  }

  @ParameterizedTest
  @CsvSource({"[,]", "'{\"a\":','}'"})
  void refusesClaimsThatNestDeeply(String open, String close) {
    int depth = 11_000 / (open.length() + close.length());
    String nested = open.repeat(depth) + "1" + close.repeat(depth);
    refused(verify("{\"tenant\":\"acme\",\"x\":" + nested + "}"), Reason.MALFORMED);
    refused(verify("{\"tenant\":\"acme\",\"roles\":" + nested + "}"), Reason.MALFORMED);
  }
}
