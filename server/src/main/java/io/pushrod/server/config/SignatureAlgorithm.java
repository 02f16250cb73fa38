package io.pushrod.server.config;

/// The algorithms that may sign a token (RFC 7518 section 3.1, RFC 8037 section 3.1). `none` is not
/// among them.
public enum SignatureAlgorithm {
  HS256,
  HS384,
  HS512,
  RS256,
  RS384,
  RS512,
  PS256,
  PS384,
  PS512,
  ES256,
  ES384,
  ES512,
  /// With an Ed25519 key.
  EDDSA("EdDSA");

  private final String spelling;

  SignatureAlgorithm() {
    this.spelling = name();
  }

  SignatureAlgorithm(String spelling) {
    this.spelling = spelling;
  }

  /// Whether it signs with a secret that both sides hold.
  public boolean isSymmetric() {
    return switch (this) {
      case HS256, HS384, HS512 -> true;
      case RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EDDSA -> false;
    };
  }

  /// As it stands in tokens, key sets and the config.
  @Override
  public String toString() {
    return spelling;
  }
}
