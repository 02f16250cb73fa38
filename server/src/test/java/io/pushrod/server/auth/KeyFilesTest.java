package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.config.AuthConfig.Claims;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SignatureAlgorithm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFilesTest {
  private static final Claims NAMES = ServerConfig.defaults(false).auth().claims();
  private static final TokenRequest REQUEST =
      new TokenRequest("t", "u", List.of(), List.of(), List.of(), List.of(), List.of(), null);
  private static final KeyPair RSA = pair("RSA", 2_048);
  private static final KeyPair EC = pair("EC", 256);
  @TempDir Path folder;

  private static KeyPair pair(String type, int bits) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
      generator.initialize(bits);
      return generator.generateKeyPair();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private Path pem(String name, String kind, Key key) throws IOException {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key.getEncoded());
    return Files.writeString(
        folder.resolve(name),
        "Comment: mine\n-----BEGIN " + kind + "-----\n" + body + "\n-----END " + kind + "-----\n");
  }

  private static TokenVerifier verifier(String key) {
    return TokenVerifier.of(ServerConfig.with(false, "auth.keys=[" + key + "]"));
  }

  private static boolean accepts(TokenVerifier verifier, TokenMinter minter) {
    return verifier.verify(minter.mint(REQUEST, NAMES, Instant.EPOCH), 0) instanceof Accepted;
  }

  @Test
  void loadsSecrets() throws IOException {
    String secret = "a secret of at least thirty-two bytes";
    Path file = Files.writeString(folder.resolve("secret"), secret + "\r\n");
    TokenMinter minter = TokenMinter.ofFile(null, SignatureAlgorithm.HS256, file);
    assertThat(accepts(verifier("{alg: HS256, secret: " + secret + "}"), minter)).isTrue();
    assertThat(accepts(verifier("{alg: HS256, secret_file: " + file + "}"), minter)).isTrue();
  }

  @Test
  void loadsPublicKeys() throws IOException {
    Path rsa = pem("rsa.pem", "PUBLIC KEY", RSA.getPublic());
    Path ec = pem("ec.pem", "PUBLIC KEY", EC.getPublic());
    TokenVerifier verifier =
        verifier(
            "{alg: RS256, public_key_file: %s}, {alg: ES256, kid: e, public_key_file: %s}"
                .formatted(rsa, ec));
    Path rsaPrivate = pem("rsa.key", "PRIVATE KEY", RSA.getPrivate());
    Path ecPrivate = pem("ec.key", "PRIVATE KEY", EC.getPrivate());
    assertThat(accepts(verifier, TokenMinter.ofFile(null, SignatureAlgorithm.RS256, rsaPrivate)))
        .isTrue();
    assertThat(accepts(verifier, TokenMinter.ofFile("e", SignatureAlgorithm.ES256, ecPrivate)))
        .isTrue();
    assertThat(accepts(verifier, TokenMinter.ofFile(null, SignatureAlgorithm.RS512, rsaPrivate)))
        .isFalse();
  }

  @Test
  void loadsKeySets() throws IOException {
    JWKSet set =
        new JWKSet(
            List.of(
                new RSAKey.Builder((RSAPublicKey) RSA.getPublic()).keyID("r").build(),
                new RSAKey.Builder((RSAPublicKey) RSA.getPublic())
                    .keyID("enc")
                    .keyUse(KeyUse.ENCRYPTION)
                    .build(),
                new RSAKey.Builder((RSAPublicKey) RSA.getPublic())
                    .keyID("ps")
                    .algorithm(JWSAlgorithm.PS256)
                    .build(),
                new ECKey.Builder(Curve.P_256, (ECPublicKey) EC.getPublic()).keyID("e").build()));
    Path file = Files.writeString(folder.resolve("jwks.json"), set.toString());
    TokenVerifier verifier = verifier("{jwks_file: " + file + "}");
    Path rsaPrivate = pem("rsa.key", "PRIVATE KEY", RSA.getPrivate());
    Path ecPrivate = pem("ec.key", "PRIVATE KEY", EC.getPrivate());
    assertThat(accepts(verifier, TokenMinter.ofFile("r", SignatureAlgorithm.RS384, rsaPrivate)))
        .isTrue();
    assertThat(accepts(verifier, TokenMinter.ofFile("e", SignatureAlgorithm.ES256, ecPrivate)))
        .isTrue();
    assertThat(accepts(verifier, TokenMinter.ofFile("enc", SignatureAlgorithm.RS256, rsaPrivate)))
        .isFalse();
    assertThat(accepts(verifier, TokenMinter.ofFile("ps", SignatureAlgorithm.RS256, rsaPrivate)))
        .isFalse();
  }

  @Test
  void loadsEdwardsKeys() throws Exception {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    Path key = pem("ed.pem", "PUBLIC KEY", pair.getPublic());
    TokenMinter minter =
        TokenMinter.ofFile(
            "d", SignatureAlgorithm.EDDSA, pem("ed.key", "PRIVATE KEY", pair.getPrivate()));
    assertThat(accepts(verifier("{alg: EdDSA, public_key_file: " + key + "}"), minter)).isTrue();
    byte[] encoded = pair.getPublic().getEncoded();
    String x =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length));
    Path set =
        Files.writeString(
            folder.resolve("ed.json"),
            "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"d\",\"x\":\"" + x + "\"}]}");
    assertThat(accepts(verifier("{jwks_file: " + set + "}"), minter)).isTrue();
    refuses(
        "{alg: ES256, public_key_file: " + key + "}",
        key + " (expected: alg EdDSA for an Ed25519 key)");
  }

  private static void refuses(String key, String message) {
    assertThatThrownBy(() -> verifier(key))
        .isInstanceOf(ConfigException.class)
        .hasMessage("--set: auth.keys: auth.keys[0]: " + message);
  }

  @Test
  void refusesKeysThatDoNotFitTheirAlgorithm() throws IOException {
    Path rsa = pem("rsa.pem", "PUBLIC KEY", RSA.getPublic());
    Path ec = pem("ec.pem", "PUBLIC KEY", EC.getPublic());
    Path weak = pem("weak.pem", "PUBLIC KEY", pair("RSA", 1_024).getPublic());
    refuses("{alg: HS256, secret: short}", "(hidden) (expected: a secret of at least 32 bytes)");
    refuses(
        "{alg: HS512, secret: a secret of at least thirty-two bytes}",
        "(hidden) (expected: a secret of at least 64 bytes)");
    refuses(
        "{alg: RS256, secret: a secret of at least thirty-two bytes}",
        "(hidden) (expected: alg HS256, HS384 or HS512 for a secret)");
    refuses(
        "{alg: HS256, public_key_file: " + rsa + "}",
        rsa + " (expected: alg RS256, RS384, RS512, PS256, PS384 or PS512 for an RSA key)");
    refuses(
        "{alg: ES384, public_key_file: " + ec + "}",
        ec + " (expected: alg ES256 for an EC key on curve P-256)");
    refuses(
        "{alg: RS256, public_key_file: " + weak + "}",
        weak + " (expected: an RSA key of at least 2048 bits)");
  }

  @Test
  void refusesFilesThatHoldNoKey() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "hello");
    Path broken =
        Files.writeString(
            folder.resolve("broken"), "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----");
    Path missing = folder.resolve("missing");
    refuses(
        "{alg: RS256, public_key_file: " + text + "}",
        text + " (expected: PEM text with BEGIN PUBLIC KEY or BEGIN CERTIFICATE)");
    refuses(
        "{alg: RS256, public_key_file: " + broken + "}",
        broken + " (expected: an RSA, EC or Ed25519 public key)");
    refuses(
        "{alg: RS256, public_key_file: " + missing + "}",
        missing + " (expected: a file that exists)");
    refuses("{jwks_file: " + text + "}", text + " (expected: a key set by RFC 7517)");
    Path empty = Files.writeString(folder.resolve("empty"), "{\"keys\":[]}");
    refuses(
        "{jwks_file: " + empty + "}",
        empty + " (expected: a key set with at least one key that fits)");
  }

  @Test
  void aServerWithoutKeysDoesNotStart() {
    assertThatThrownBy(() -> TokenVerifier.of(ServerConfig.defaults(false)))
        .isInstanceOf(ConfigException.class)
        .hasMessage(
            "auth.keys: [] (expected: at least one key or issuer, an API key made by pushrod key"
                + " create, or --dev for a secret of its own)");
  }

  @Test
  void saysHowToConvertOldPrivateKeys() throws IOException {
    Path old =
        Files.writeString(
            folder.resolve("old"),
            "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----");
    assertThatThrownBy(() -> TokenMinter.ofFile(null, SignatureAlgorithm.RS256, old))
        .hasMessage(
            "key file: "
                + old
                + " (expected: PEM text with BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nocrypt"
                + " converts other forms)");
    Path ec = pem("ec.key", "PRIVATE KEY", EC.getPrivate());
    assertThatThrownBy(() -> TokenMinter.ofFile(null, SignatureAlgorithm.RS256, ec))
        .hasMessage("key file: " + ec + " (expected: a private key for RS256)");
  }
}
