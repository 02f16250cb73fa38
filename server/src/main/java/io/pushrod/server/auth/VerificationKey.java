package io.pushrod.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.NamedParameterSpec;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A key that verifies signatures, and the few algorithms it does that for. A secret never verifies
/// anything but HS, a public key never HS, so that a public key cannot be abused as a secret.
///
/// **Thread:** any; immutable.
public final class VerificationKey {
  private static final int MIN_RSA_BITS = 2_048;

  private static final Map<Curve, JWSAlgorithm> ALGORITHM_OF_CURVE =
      Map.of(
          Curve.P_256, JWSAlgorithm.ES256,
          Curve.P_384, JWSAlgorithm.ES384,
          Curve.P_521, JWSAlgorithm.ES512);

  private static final Set<JWSAlgorithm> RSA_ALGORITHMS =
      Set.of(
          JWSAlgorithm.RS256,
          JWSAlgorithm.RS384,
          JWSAlgorithm.RS512,
          JWSAlgorithm.PS256,
          JWSAlgorithm.PS384,
          JWSAlgorithm.PS512);

  /// The name of RFC 8037, and the one of RFC 9864 that says the curve too.
  private static final Set<JWSAlgorithm> ED25519_ALGORITHMS =
      Set.of(JWSAlgorithm.EdDSA, JWSAlgorithm.Ed25519);

  /// Whether a signature over `signed` is good.
  private interface Check {
    boolean verify(JWSHeader header, byte[] signed, Base64URL signature) throws JOSEException;
  }

  private final @Nullable String kid;
  private final Set<JWSAlgorithm> algorithms;
  private final Check check;

  private VerificationKey(@Nullable String kid, Set<JWSAlgorithm> algorithms, Check check) {
    this.kid = kid;
    this.algorithms = Set.copyOf(algorithms);
    this.check = check;
  }

  /// @param kid the only key id it answers to, or null for tokens of any id or none
  /// @throws IllegalArgumentException when the secret is too short for the algorithm
  static VerificationKey ofSecret(@Nullable String kid, JWSAlgorithm algorithm, byte[] secret) {
    int bytes = minSecretBytes(algorithm);
    if (secret.length < bytes) {
      throw new IllegalArgumentException("a secret of at least " + bytes + " bytes");
    }
    try {
      return new VerificationKey(kid, Set.of(algorithm), new MACVerifier(secret)::verify);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("a secret for " + algorithm, e);
    }
  }

  /// @param algorithm the only one, or null for all RS and PS
  /// @throws IllegalArgumentException when the key is too short or not for the algorithm
  static VerificationKey ofRsa(
      @Nullable String kid, @Nullable JWSAlgorithm algorithm, RSAPublicKey key) {
    if (key.getModulus().bitLength() < MIN_RSA_BITS) {
      throw new IllegalArgumentException("an RSA key of at least " + MIN_RSA_BITS + " bits");
    }
    if (algorithm != null && !RSA_ALGORITHMS.contains(algorithm)) {
      throw new IllegalArgumentException(
          "alg RS256, RS384, RS512, PS256, PS384 or PS512 for an RSA key");
    }
    Set<JWSAlgorithm> algorithms = algorithm == null ? RSA_ALGORITHMS : Set.of(algorithm);
    return new VerificationKey(kid, algorithms, new RSASSAVerifier(key)::verify);
  }

  /// @param algorithm the one of the curve, or null for that
  /// @throws IllegalArgumentException when the curve is not supported or not for the algorithm
  static VerificationKey ofEc(
      @Nullable String kid, @Nullable JWSAlgorithm algorithm, ECPublicKey key) {
    Curve curve = Curve.forECParameterSpec(key.getParams());
    JWSAlgorithm fitting = curve == null ? null : ALGORITHM_OF_CURVE.get(curve);
    if (fitting == null) {
      throw new IllegalArgumentException("an EC key on curve P-256, P-384 or P-521");
    }
    if (algorithm != null && !algorithm.equals(fitting)) {
      throw new IllegalArgumentException("alg " + fitting + " for an EC key on curve " + curve);
    }
    try {
      return new VerificationKey(kid, Set.of(fitting), new ECDSAVerifier(key)::verify);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("an EC key on curve P-256, P-384 or P-521", e);
    }
  }

  /// Verified by the JDK: the library's own verifier needs one more library.
  ///
  /// @param algorithm EdDSA or null
  /// @throws IllegalArgumentException when the key is on another curve or not for the algorithm
  static VerificationKey ofEdwards(
      @Nullable String kid, @Nullable JWSAlgorithm algorithm, EdECPublicKey key) {
    if (!key.getParams().getName().equals(NamedParameterSpec.ED25519.getName())) {
      throw new IllegalArgumentException("an Edwards key on curve Ed25519");
    }
    if (algorithm != null && !ED25519_ALGORITHMS.contains(algorithm)) {
      throw new IllegalArgumentException("alg EdDSA for an Ed25519 key");
    }
    return new VerificationKey(
        kid,
        ED25519_ALGORITHMS,
        (_, signed, signature) -> verifiesEdwards(key, signed, signature.decode()));
  }

  private static boolean verifiesEdwards(EdECPublicKey key, byte[] signed, byte[] signature)
      throws JOSEException {
    try {
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(signed);
      return verifier.verify(signature);
    } catch (GeneralSecurityException e) {
      throw new JOSEException("not a signature", e);
    }
  }

  /// RFC 7518 section 3.2: a key at least as long as the hash.
  static int minSecretBytes(JWSAlgorithm algorithm) {
    if (algorithm.equals(JWSAlgorithm.HS256)) {
      return 32;
    }
    if (algorithm.equals(JWSAlgorithm.HS384)) {
      return 48;
    }
    if (algorithm.equals(JWSAlgorithm.HS512)) {
      return 64;
    }
    throw new IllegalArgumentException("alg HS256, HS384 or HS512 for a secret");
  }

  @Nullable String kid() {
    return kid;
  }

  boolean allows(JWSAlgorithm algorithm) {
    return algorithms.contains(algorithm);
  }

  /// @param signed the bytes of header and payload as they came, with the dot
  boolean verifies(JWSHeader header, byte[] signed, Base64URL signature) {
    if (!allows(header.getAlgorithm())) {
      return false;
    }
    try {
      return check.verify(header, signed, signature);
    } catch (JOSEException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "VerificationKey[kid=" + kid + ", algorithms=" + algorithms + ']';
  }
}
