package io.pushrod.server.config;

/// The algorithms that may sign a token (RFC 7518 section 3.1). `none` is not among them.
public enum SignatureAlgorithm {
  HS256,
  HS384,
  HS512,
  RS256,
  RS384,
  RS512,
  ES256,
  ES384,
  ES512
}
