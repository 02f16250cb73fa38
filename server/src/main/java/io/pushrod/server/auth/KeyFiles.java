package io.pushrod.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
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
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
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
      case JwksFile file ->
          keys.addAll(KeySets.ofFile(readText(file.path()), entry.kid(), algorithm));
    }
  }

  static VerificationKey secret(
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
      case EdECPublicKey ed -> VerificationKey.ofEdwards(kid, algorithm, ed);
      default -> throw new IllegalArgumentException("an RSA, EC or Ed25519 key");
    };
  }

  private static @Nullable JWSAlgorithm algorithm(@Nullable SignatureAlgorithm algorithm) {
    return algorithm == null ? null : JWSAlgorithm.parse(algorithm.toString());
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
