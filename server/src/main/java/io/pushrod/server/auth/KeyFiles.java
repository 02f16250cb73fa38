package io.pushrod.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import io.pushrod.server.config.AuthKey;
import io.pushrod.server.config.AuthKey.JwksFile;
import io.pushrod.server.config.AuthKey.PublicKeyFile;
import io.pushrod.server.config.AuthKey.Secret;
import io.pushrod.server.config.AuthKey.SecretFile;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.SignatureAlgorithm;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Loads the keys that `auth.keys` names.
final class KeyFiles {
  private static final int MAX_BYTES = 1 << 20;

  private KeyFiles() {}

  /// @throws ConfigException for a key that cannot be used; the message names the entry of the
  ///   config
  static List<VerificationKey> load(List<AuthKey> entries) {
    List<VerificationKey> keys = new ArrayList<>();
    for (AuthKey entry : entries) {
      try {
        load(entry, keys);
      } catch (IllegalArgumentException e) {
        throw new ConfigException(
            entry.where() + ": " + shown(entry.material()) + " (expected: " + e.getMessage() + ')');
      }
    }
    return keys;
  }

  private static void load(AuthKey entry, List<VerificationKey> keys) {
    JWSAlgorithm algorithm = algorithm(entry.algorithm());
    switch (entry.material()) {
      case Secret secret ->
          keys.add(secret(entry.kid(), algorithm, secret.value().getBytes(StandardCharsets.UTF_8)));
      case SecretFile file -> keys.add(secret(entry.kid(), algorithm, readSecret(file.path())));
      case PublicKeyFile file ->
          keys.add(publicKey(entry.kid(), algorithm, Pem.publicKey(readText(file.path()))));
      case JwksFile file -> loadSet(readText(file.path()), entry.kid(), algorithm, keys);
    }
  }

  private static VerificationKey secret(
      @Nullable String kid, @Nullable JWSAlgorithm algorithm, byte[] secret) {
    if (algorithm == null) {
      throw new IllegalArgumentException("alg HS256, HS384 or HS512 for a secret");
    }
    return VerificationKey.ofSecret(kid, algorithm, secret);
  }

  private static VerificationKey publicKey(
      @Nullable String kid, @Nullable JWSAlgorithm algorithm, PublicKey key) {
    return switch (key) {
      case RSAPublicKey rsa -> VerificationKey.ofRsa(kid, algorithm, rsa);
      case ECPublicKey ec -> VerificationKey.ofEc(kid, algorithm, ec);
      default -> throw new IllegalArgumentException("an RSA or EC key");
    };
  }

  private static void loadSet(
      String json,
      @Nullable String onlyKid,
      @Nullable JWSAlgorithm onlyAlgorithm,
      List<VerificationKey> keys) {
    int before = keys.size();
    try {
      for (JWK jwk : JWKSet.parse(json).getKeys()) {
        boolean signs = jwk.getKeyUse() == null || jwk.getKeyUse().equals(KeyUse.SIGNATURE);
        if (signs && (onlyKid == null || onlyKid.equals(jwk.getKeyID()))) {
          add(jwk, onlyAlgorithm, keys);
        }
      }
    } catch (ParseException | JOSEException e) {
      throw new IllegalArgumentException("a key set by RFC 7517", e);
    }
    if (keys.size() == before) {
      throw new IllegalArgumentException("a key set with at least one key that fits");
    }
  }

  private static void add(JWK jwk, @Nullable JWSAlgorithm onlyAlgorithm, List<VerificationKey> keys)
      throws JOSEException {
    JWSAlgorithm algorithm = onlyAlgorithm;
    if (jwk.getAlgorithm() != null) {
      algorithm = supported(jwk.getAlgorithm().getName());
      if (algorithm == null || (onlyAlgorithm != null && !onlyAlgorithm.equals(algorithm))) {
        return;
      }
    }
    switch (jwk) {
      case RSAKey rsa ->
          keys.add(VerificationKey.ofRsa(jwk.getKeyID(), algorithm, rsa.toRSAPublicKey()));
      case ECKey ec ->
          keys.add(VerificationKey.ofEc(jwk.getKeyID(), algorithm, ec.toECPublicKey()));
      case OctetSequenceKey secret ->
          keys.add(secret(jwk.getKeyID(), algorithm, secret.toByteArray()));
      default -> {
        // A set may well hold keys of kinds that we don't verify with.
      }
    }
  }

  private static @Nullable JWSAlgorithm supported(String name) {
    boolean known =
        Arrays.stream(SignatureAlgorithm.values()).anyMatch(each -> each.name().equals(name));
    return known ? JWSAlgorithm.parse(name) : null;
  }

  private static @Nullable JWSAlgorithm algorithm(@Nullable SignatureAlgorithm algorithm) {
    return algorithm == null ? null : JWSAlgorithm.parse(algorithm.name());
  }

  /// The bytes of a file without the line end that editors leave there.
  static byte[] readSecret(Path file) {
    byte[] bytes = readBytes(file);
    int length = bytes.length;
    while (length > 0 && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r')) {
      length--;
    }
    return Arrays.copyOf(bytes, length);
  }

  static String readText(Path file) {
    return new String(readBytes(file), StandardCharsets.UTF_8);
  }

  private static byte[] readBytes(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new IllegalArgumentException("a file of at most 1MiB");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException("a file that exists", e);
    } catch (IOException e) {
      throw new IllegalArgumentException("a readable file", e);
    }
  }

  private static String shown(AuthKey.Material material) {
    return switch (material) {
      case Secret _ -> "(hidden)";
      case SecretFile file -> file.path().toString();
      case PublicKeyFile file -> file.path().toString();
      case JwksFile file -> file.path().toString();
    };
  }
}
