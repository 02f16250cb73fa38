package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TokenVerifierTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final long SKEW = 30_000;
  private static final byte[] SECRET =
      "0123456789abcdef0123456789abcdef".repeat(2).getBytes(StandardCharsets.US_ASCII);
  private static final KeyPair RSA = keyPair("RSA", 2_048);

  private final TokenVerifier verifier =
      verifier(VerificationKey.ofSecret(null, JWSAlgorithm.HS256, SECRET));
  private final TokenMinter minter = TokenMinter.ofSecret(null, JWSAlgorithm.HS256, SECRET);

  private static TokenVerifier verifier(VerificationKey... keys) {
    return verifier(ServerConfig.defaults(false), keys);
  }

  private static TokenVerifier verifier(ServerConfig config, VerificationKey... keys) {
    return new TokenVerifier(
        KeySource.of(List.of(keys)),
        ClaimRules.of(config.auth()),
        config.limits().tokenBytes(),
        config.auth().tokenCacheEntries());
  }

  private static KeyPair keyPair(String type, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      if (type.equals("EC")) {
        generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
      } else {
        generator.initialize(bits);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private static Date date(long millis) {
    return Date.from(Instant.ofEpochMilli(millis));
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder().subject("ann").claim("tenant", "acme");
  }

  private Verdict verify(JWTClaimsSet.Builder claims) {
    return verifier.verify(minter.sign(claims.build()), NOW);
  }

  private Identity accepted(JWTClaimsSet.Builder claims) {
    return accepted(verify(claims));
  }

  private static Identity accepted(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Accepted.class);
    return ((Accepted) verdict).identity();
  }

  private static void refused(Verdict verdict, Reason reason) {
    assertThat(verdict).isEqualTo(new Refused(reason));
  }

  /// A token with exactly these parts, signed by nobody.
  private static String raw(String header, String payload, String signature) {
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    return encoder.encodeToString(header.getBytes(StandardCharsets.UTF_8))
        + '.'
        + encoder.encodeToString(payload.getBytes(StandardCharsets.UTF_8))
        + '.'
        + signature;
  }

  @Test
  void makesAnIdentityOfItsClaims() {
    Identity identity =
        accepted(
            claims()
                .claim("roles", List.of("admin", "dev"))
                .claim("topics", List.of("thread/42", "run/*"))
                .claim("publish", List.of("*"))
                .jwtID("t1")
                .expirationTime(date(NOW + 60_000)));
    assertThat(identity)
        .isEqualTo(
            new Identity(
                "acme",
                "ann",
                Set.of("admin", "dev"),
                Grants.of(List.of("thread/42", "run/*")),
                Grants.ALL,
                Grants.NONE,
                Set.of("acme"),
                0,
                NOW + 60_000 + SKEW,
                "t1"));
  }

  @Test
  void aTokenThatSaysLittleMayDoLittle() {
    Identity identity = accepted(claims().subject(null));
    assertThat(identity.user()).isEmpty();
    assertThat(identity.roles()).isEmpty();
    assertThat(identity.subscribe()).isEqualTo(Grants.NONE);
    assertThat(identity.publish()).isEqualTo(Grants.NONE);
    assertThat(identity.expiresAtMillis()).isEqualTo(Long.MAX_VALUE);
    assertThat(identity.tokenId()).isEmpty();
  }

  @Test
  void textsCountAsLists() {
    Identity identity =
        accepted(
            claims()
                .claim("roles", "admin dev")
                .claim("topics", "thread/1,thread/2, run/*")
                .claim("publish", "job/1")
                .claim("tenants", "acme globex"));
    assertThat(identity.roles()).containsExactlyInAnyOrder("admin", "dev");
    assertThat(identity.subscribe()).isEqualTo(Grants.of(List.of("thread/1", "thread/2", "run/*")));
    assertThat(identity.publish()).isEqualTo(Grants.of(List.of("job/1")));
    assertThat(identity.tenants()).containsExactlyInAnyOrder("acme", "globex");
  }

  @Test
  void anEmptyClaimGrantsNothingWhateverTheDefaultIs() {
    ServerConfig config =
        ServerConfig.with(false, "auth.default_topics=*", "auth.default_publish=a");
    TokenVerifier generous =
        verifier(config, VerificationKey.ofSecret(null, JWSAlgorithm.HS256, SECRET));
    Identity silent = accepted(generous.verify(minter.sign(claims().build()), NOW));
    assertThat(silent.subscribe()).isEqualTo(Grants.ALL);
    assertThat(silent.publish()).isEqualTo(Grants.of(List.of("a")));
    Identity explicit =
        accepted(
            generous.verify(
                minter.sign(claims().claim("topics", List.of()).claim("publish", "").build()),
                NOW));
    assertThat(explicit.subscribe().isNone()).isTrue();
    assertThat(explicit.publish().isNone()).isTrue();
  }

  @Test
  void readsClaimsByTheirConfiguredNames() {
    ServerConfig config = ServerConfig.with(false, "auth.claims.tenant=https://acme.example/org");
    TokenVerifier renamed =
        verifier(config, VerificationKey.ofSecret(null, JWSAlgorithm.HS256, SECRET));
    String token =
        minter.sign(new JWTClaimsSet.Builder().claim("https://acme.example/org", "x").build());
    assertThat(accepted(renamed.verify(token, NOW)).tenant()).isEqualTo("x");
    refused(verifier.verify(token, NOW), Reason.NO_TENANT);
  }

  @Test
  void aServiceMayNameOnlyItsTenants() {
    assertThat(accepted(new JWTClaimsSet.Builder().claim("tenants", List.of("a", "b"))).tenant())
        .isEqualTo("a");
    refused(verify(new JWTClaimsSet.Builder().claim("tenants", List.of("*"))), Reason.NO_TENANT);
    refused(verify(new JWTClaimsSet.Builder()), Reason.NO_TENANT);
    refused(verify(claims().claim("tenant", "")), Reason.NO_TENANT);
  }

  @Test
  void expiresSkewAfterItsTime() {
    refused(verify(claims().expirationTime(date(NOW - SKEW))), Reason.EXPIRED);
    accepted(claims().expirationTime(date(NOW - SKEW + 1_000)));
    assertThat(Reason.EXPIRED.code()).isEqualTo(ErrorCode.TOKEN_EXPIRED);
    assertThat(Reason.BAD_SIGNATURE.code()).isEqualTo(ErrorCode.UNAUTHENTICATED);
  }

  @Test
  void isValidSkewBeforeItsTime() {
    refused(verify(claims().notBeforeTime(date(NOW + SKEW + 1_000))), Reason.NOT_YET_VALID);
    accepted(claims().notBeforeTime(date(NOW + SKEW)));
  }

  @ParameterizedTest
  @CsvSource({"1e300,true", "9223372036854775807,true", "1800000000.5,true", "0,false"})
  void readsAnyNumberAsTime(String exp, boolean valid) {
    String payload = "{\"tenant\":\"a\",\"exp\":" + exp + "}";
    Verdict verdict = verifier.verify(signedRaw(payload), NOW);
    assertThat(verdict instanceof Accepted).isEqualTo(valid);
  }

  private String signedRaw(String payload) {
    try {
      var object = new JWSObject(new JWSHeader(JWSAlgorithm.HS256), new Payload(payload));
      object.sign(new MACSigner(SECRET));
      return object.serialize();
    } catch (JOSEException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"tenant\":5}",
        "{\"tenant\":[\"a\"]}",
        "{\"tenant\":\"a b\"}",
        "{\"tenant\":\"a\\\"b\"}",
        "{\"tenant\":\"*\"}",
        "{\"tenant\":\"a\",\"exp\":\"soon\"}",
        "{\"tenant\":\"a\",\"exp\":-1}",
        "{\"tenant\":\"a\",\"nbf\":{}}",
        "{\"tenant\":\"a\",\"roles\":5}",
        "{\"tenant\":\"a\",\"roles\":[5]}",
        "{\"tenant\":\"a\",\"topics\":[\"thread/**\"]}",
        "{\"tenant\":\"a\",\"topics\":[null]}",
        "{\"tenant\":\"a\",\"topics\":{\"a\":1}}",
        "{\"tenant\":\"a\",\"tenants\":[\"a b\"]}",
        "{\"tenant\":\"a\",\"sub\":5}",
        "{\"tenant\":\"a\",\"jti\":5}",
        "{\"tenant\":\"a\"",
        "",
        "\"a\""
      })
  void refusesClaimsOfTheWrongType(String payload) {
    refused(verifier.verify(signedRaw(payload), NOW), Reason.MALFORMED);
  }

  @Test
  void refusesAnotherIssuerOrAudience() {
    ServerConfig config = ServerConfig.with(false, "auth.issuer=https://id", "auth.audience=push");
    TokenVerifier strict =
        verifier(config, VerificationKey.ofSecret(null, JWSAlgorithm.HS256, SECRET));
    refused(strict.verify(minter.sign(claims().build()), NOW), Reason.WRONG_ISSUER);
    refused(
        strict.verify(minter.sign(claims().issuer("https://id").build()), NOW),
        Reason.WRONG_AUDIENCE);
    accepted(
        strict.verify(minter.sign(claims().issuer("https://id").audience("push").build()), NOW));
    accepted(
        strict.verify(
            minter.sign(claims().issuer("https://id").audience(List.of("x", "push")).build()),
            NOW));
  }

  @Test
  void refusesASignatureOfAnotherSecret() {
    byte[] other = SECRET.clone();
    other[0]++;
    String token = TokenMinter.ofSecret(null, JWSAlgorithm.HS256, other).sign(claims().build());
    refused(verifier.verify(token, NOW), Reason.BAD_SIGNATURE);
  }

  @Test
  void refusesChangedClaims() {
    String[] parts = minter.sign(claims().build()).split("\\.", -1);
    String changed = raw("{}", "{\"tenant\":\"globex\"}", "").split("\\.", -1)[1];
    refused(verifier.verify(parts[0] + '.' + changed + '.' + parts[2], NOW), Reason.BAD_SIGNATURE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "None", "NONE", "nOnE"})
  void refusesTokensThatNobodySigned(String algorithm) {
    String header = "{\"alg\":\"" + algorithm + "\"}";
    refused(
        verifier.verify(raw(header, "{\"tenant\":\"a\"}", ""), NOW), Reason.ALGORITHM_NOT_ALLOWED);
  }

  @Test
  void refusesASecretThatIsAPublicKey() {
    TokenVerifier rsa = verifier(VerificationKey.ofRsa(null, null, (RSAPublicKey) RSA.getPublic()));
    String pem =
        "-----BEGIN PUBLIC KEY-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(RSA.getPublic().getEncoded())
            + "\n-----END PUBLIC KEY-----\n";
    for (byte[] secret :
        List.of(pem.getBytes(StandardCharsets.US_ASCII), RSA.getPublic().getEncoded())) {
      String token = TokenMinter.ofSecret(null, JWSAlgorithm.HS256, secret).sign(claims().build());
      refused(rsa.verify(token, NOW), Reason.ALGORITHM_NOT_ALLOWED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "HS384", "HS512"})
  void verifiesSecrets(String name) {
    JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
    String token = TokenMinter.ofSecret(null, algorithm, SECRET).sign(claims().build());
    accepted(verifier(VerificationKey.ofSecret(null, algorithm, SECRET)).verify(token, NOW));
    if (!name.equals("HS256")) {
      refused(verifier.verify(token, NOW), Reason.ALGORITHM_NOT_ALLOWED);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"RS256", "RS384", "RS512"})
  void verifiesRsa(String name) {
    JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
    RSAPublicKey key = (RSAPublicKey) RSA.getPublic();
    String token =
        TokenMinter.ofPrivateKey(null, algorithm, RSA.getPrivate()).sign(claims().build());
    accepted(verifier(VerificationKey.ofRsa(null, algorithm, key)).verify(token, NOW));
    accepted(verifier(VerificationKey.ofRsa(null, null, key)).verify(token, NOW));
    refused(
        verifier(
                VerificationKey.ofRsa(null, null, (RSAPublicKey) keyPair("RSA", 2_048).getPublic()))
            .verify(token, NOW),
        Reason.BAD_SIGNATURE);
  }

  @ParameterizedTest
  @CsvSource({"ES256,256", "ES384,384", "ES512,521"})
  void verifiesElliptic(String name, int bits) {
    JWSAlgorithm algorithm = JWSAlgorithm.parse(name);
    KeyPair pair = keyPair("EC", bits);
    String token =
        TokenMinter.ofPrivateKey(null, algorithm, pair.getPrivate()).sign(claims().build());
    accepted(
        verifier(VerificationKey.ofEc(null, algorithm, (ECPublicKey) pair.getPublic()))
            .verify(token, NOW));
    refused(
        verifier(
                VerificationKey.ofEc(
                    null, algorithm, (ECPublicKey) keyPair("EC", bits).getPublic()))
            .verify(token, NOW),
        Reason.BAD_SIGNATURE);
    // The signature of zeros that some implementations accepted (CVE-2022-21449).
    String zeros =
        Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[(bits + 7) / 8 * 2]);
    refused(
        verifier(VerificationKey.ofEc(null, algorithm, (ECPublicKey) pair.getPublic()))
            .verify(token.substring(0, token.lastIndexOf('.') + 1) + zeros, NOW),
        Reason.BAD_SIGNATURE);
  }

  @Test
  void findsTheKeyThatTheTokenNames() {
    byte[] newSecret = "another secret of at least 32 bytes!".getBytes(StandardCharsets.US_ASCII);
    TokenVerifier rotating =
        verifier(
            VerificationKey.ofSecret("old", JWSAlgorithm.HS256, SECRET),
            VerificationKey.ofSecret("new", JWSAlgorithm.HS256, newSecret));
    accepted(rotating.verify(hs256("old", SECRET), NOW));
    accepted(rotating.verify(hs256("new", newSecret), NOW));
    accepted(rotating.verify(hs256(null, newSecret), NOW));
    refused(rotating.verify(hs256("old", newSecret), NOW), Reason.BAD_SIGNATURE);
    refused(rotating.verify(hs256("else", SECRET), NOW), Reason.UNKNOWN_KEY);
    accepted(verifier.verify(hs256("whatever", SECRET), NOW));
  }

  private static String hs256(@Nullable String kid, byte[] secret) {
    return TokenMinter.ofSecret(kid, JWSAlgorithm.HS256, secret).sign(claims().build());
  }

  @Test
  void tellsTheSourceOfAnUnknownKey() {
    List<String> asked = new ArrayList<>();
    KeySource source =
        new KeySource() {
          @Override
          public List<VerificationKey> keys() {
            return List.of();
          }

          @Override
          public boolean lookAgain() {
            asked.add("again");
            return asked.size() == 1;
          }
        };
    TokenVerifier lookingAgain =
        new TokenVerifier(source, ClaimRules.of(ServerConfig.defaults(false).auth()), 16_384, 10);
    refused(lookingAgain.verify(hs256("k9", SECRET), NOW), Reason.KEYS_PENDING);
    refused(lookingAgain.verify(hs256("k9", SECRET), NOW), Reason.UNKNOWN_KEY);
    assertThat(asked).hasSize(2);
    assertThat(Reason.KEYS_PENDING.code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "a.b",
        "not a token",
        "eyJhbGciOiJIUzI1NiJ9..",
        "eyJhbGciOiJIUzI1NiJ9.e30.!!!",
        "\u0000.\u0000.\u0000",
        "a.b.c.d.e",
        "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0....",
        "eyJhbGciOiJIUzI1NiJ9.bnVsbA.AAAA",
        "bnVsbA.bnVsbA.AAAA",
      })
  void refusesGarbage(String token) {
    assertThat(verifier.verify(token, NOW)).isInstanceOf(Refused.class);
  }

  @Test
  void refusesHeadersThatAskForMore() {
    refused(
        verifier.verify(raw("{\"alg\":\"HS256\",\"crit\":[\"exp\"],\"exp\":1}", "{}", "AAAA"), NOW),
        Reason.MALFORMED);
    refused(
        verifier.verify(
            raw("{\"alg\":\"HS256\",\"b64\":false,\"crit\":[\"b64\"]}", "{}", "AAAA"), NOW),
        Reason.MALFORMED);
    refused(verifier.verify(raw("{\"alg\":5}", "{}", "AAAA"), NOW), Reason.MALFORMED);
    refused(verifier.verify(raw("{}", "{}", "AAAA"), NOW), Reason.MALFORMED);
    refused(
        verifier.verify(raw("{\"alg\":\"HS256\",\"x\":" + "[".repeat(9_000), "{}", "AAAA"), NOW),
        Reason.MALFORMED);
    refused(
        verifier.verify(
            raw(
                "{\"alg\":\"HS256\",\"x\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}",
                "{}",
                "A"),
            NOW),
        Reason.MALFORMED);
  }

  @Test
  void refusesOversizedTokensUnseen() {
    refused(verifier.verify("x".repeat(16_385), NOW), Reason.TOO_LARGE);
    assertThat(verifier.verify("x".repeat(16_384), NOW)).isEqualTo(new Refused(Reason.MALFORMED));
    assertThat(verify(claims().claim("more", Map.of("padding", "x".repeat(20_000)))))
        .isEqualTo(new Refused(Reason.TOO_LARGE));
  }

  @Test
  void remembersAcceptedTokensUntilTheyExpire() {
    List<Integer> asked = new ArrayList<>();
    KeySource counting =
        () -> {
          asked.add(1);
          return List.of(VerificationKey.ofSecret(null, JWSAlgorithm.HS256, SECRET));
        };
    TokenVerifier caching =
        new TokenVerifier(counting, ClaimRules.of(ServerConfig.defaults(false).auth()), 16_384, 10);
    String token = minter.sign(claims().expirationTime(date(NOW + 1_000)).build());
    Verdict first = caching.verify(token, NOW);
    assertThat(caching.verify(token, NOW + SKEW)).isSameAs(first);
    assertThat(asked).hasSize(1);
    refused(caching.verify(token, NOW + 1_000 + SKEW), Reason.EXPIRED);
    assertThat(asked).hasSize(2);
    refused(caching.verify("a.b.c", NOW), Reason.MALFORMED);
  }
}
