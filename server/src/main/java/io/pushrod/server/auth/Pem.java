package io.pushrod.server.auth;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Keys in PEM text (RFC 7468): public keys, certificates and PKCS#8 private keys, RSA, EC or
/// Ed25519.
final class Pem {
  private static final String[] KEY_TYPES = {"RSA", "EC", "Ed25519"};

  private Pem() {}

  /// @throws IllegalArgumentException whose message says what was expected
  static PublicKey publicKey(String text) {
    try {
      byte[] key = block(text, "PUBLIC KEY");
      if (key != null) {
        return decode(new X509EncodedKeySpec(key), KeyFactory::generatePublic);
      }
      byte[] certificate = block(text, "CERTIFICATE");
      if (certificate != null) {
        return CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate))
            .getPublicKey();
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("an RSA, EC or Ed25519 public key", e);
    }
    throw new IllegalArgumentException("PEM text with BEGIN PUBLIC KEY or BEGIN CERTIFICATE");
  }

  /// @throws IllegalArgumentException whose message says what was expected
  static PrivateKey privateKey(String text) {
    try {
      byte[] key = block(text, "PRIVATE KEY");
      if (key != null) {
        return decode(new PKCS8EncodedKeySpec(key), KeyFactory::generatePrivate);
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("an RSA, EC or Ed25519 private key", e);
    }
    throw new IllegalArgumentException(
        "PEM text with BEGIN PRIVATE KEY; openssl pkcs8 -topk8 -nocrypt converts other forms");
  }

  private interface Generator<K> {
    K generate(KeyFactory factory, KeySpec spec) throws InvalidKeySpecException;
  }

  private static <K> K decode(KeySpec spec, Generator<K> generator)
      throws GeneralSecurityException {
    InvalidKeySpecException failure = new InvalidKeySpecException("no such type of key");
    for (String type : KEY_TYPES) {
      try {
        return generator.generate(KeyFactory.getInstance(type), spec);
      } catch (InvalidKeySpecException e) {
        failure = e;
      }
    }
    throw failure;
  }

  /// The first block of that name, decoded, or null when there is none.
  private static byte @Nullable [] block(String text, String name) {
    String begin = "-----BEGIN " + name + "-----";
    int from = text.indexOf(begin);
    int to = text.indexOf("-----END " + name + "-----");
    if (from < 0 || to < from) {
      return null;
    }
    return Base64.getMimeDecoder().decode(text.substring(from + begin.length(), to));
  }
}
