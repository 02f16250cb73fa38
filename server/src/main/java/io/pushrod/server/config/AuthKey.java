package io.pushrod.server.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// One entry of `auth.keys`: something that verifies tokens.
///
/// @param where file, line and key of the entry, for messages
/// @param kid the only key id it answers to, or null for tokens of any id or none
/// @param algorithm the only algorithm it verifies; null only for a key set, whose keys say it
///   themselves
public record AuthKey(
    String where, @Nullable String kid, @Nullable SignatureAlgorithm algorithm, Material material) {

  /// Where the key itself comes from.
  public sealed interface Material {}

  /// A shared secret in the config itself; its UTF-8 bytes are the key.
  public record Secret(String value) implements Material {
    @Override
    public String toString() {
      return "Secret[hidden]";
    }
  }

  /// A file whose bytes, without the line end, are the shared secret.
  public record SecretFile(Path path) implements Material {}

  /// A PEM file with a public key or a certificate.
  public record PublicKeyFile(Path path) implements Material {}

  /// A JSON file with a key set (RFC 7517).
  public record JwksFile(Path path) implements Material {}

  static AuthKey read(Settings settings) {
    String kid = settings.optionalText("kid");
    SignatureAlgorithm algorithm = settings.optionalChoice("alg", SignatureAlgorithm.class);
    String secret = settings.optionalText("secret");
    Path secretFile = settings.optionalPath("secret_file");
    Path publicKeyFile = settings.optionalPath("public_key_file");
    Path jwksFile = settings.optionalPath("jwks_file");
    settings.finish();

    Material material = null;
    int given = 0;
    if (secret != null) {
      material = new Secret(secret);
      given++;
    }
    if (secretFile != null) {
      material = new SecretFile(secretFile);
      given++;
    }
    if (publicKeyFile != null) {
      material = new PublicKeyFile(publicKeyFile);
      given++;
    }
    if (jwksFile != null) {
      material = new JwksFile(jwksFile);
      given++;
    }
    if (material == null || given > 1) {
      throw new ConfigException(
          settings.where()
              + ": "
              + given
              + " keys (expected: one of secret, secret_file, public_key_file, jwks_file)");
    }
    settings.check(algorithm != null || jwksFile != null, "alg", "an algorithm such as HS256");
    return new AuthKey(settings.where(), kid, algorithm, material);
  }
}
