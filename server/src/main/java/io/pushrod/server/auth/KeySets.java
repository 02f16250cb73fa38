package io.pushrod.server.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.pushrod.server.config.SignatureAlgorithm;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Key sets in JSON (RFC 7517) as keys that verify.
final class KeySets {
  /// Each token without a `kid` is tried against the whole set.
  static final int MAX_FETCHED_KEYS = 100;

  /// What stands before the 32 bytes of an Ed25519 key in its X.509 form (RFC 8410 section 4).
  private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

  private KeySets() {}

  /// A set that the operator vouches for: what is wrong with it is an error.
  ///
  /// @param onlyKid the only key that counts, or null
  /// @param onlyAlgorithm the only algorithm that counts, or null
  /// @throws IllegalArgumentException whose message says what was expected
  static List<VerificationKey> ofFile(
      String json, @Nullable String onlyKid, @Nullable JWSAlgorithm onlyAlgorithm) {
    List<VerificationKey> keys = new ArrayList<>();
    try {
      for (JWK jwk : JWKSet.parse(json).getKeys()) {
        if (onlyKid == null || onlyKid.equals(jwk.getKeyID())) {
          add(jwk, onlyAlgorithm, keys);
        }
      }
    } catch (ParseException | JOSEException e) {
      throw new IllegalArgumentException("a key set by RFC 7517", e);
    }
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("a key set with at least one key that fits");
    }
    return keys;
  }

  /// A set that came from a URL: a key that cannot be used is passed over (RFC 7517 section 5), and
  /// so is every secret, since whoever can fetch it could sign.
  ///
  /// @throws IllegalArgumentException for what is no key set, or one of too many keys
  static List<VerificationKey> ofFetched(String json) {
    List<VerificationKey> keys = new ArrayList<>();
    for (Map<String, Object> each : members(json)) {
      try {
        JWK jwk = JWK.parse(each);
        if (!(jwk instanceof OctetSequenceKey)) {
          add(jwk, null, keys);
        }
      } catch (ParseException | JOSEException | RuntimeException _) {
        // The next key may be better.
      }
    }
    return List.copyOf(keys);
  }

  private static List<Map<String, Object>> members(String json) {
    try {
      Map<String, Object>[] members =
          JSONObjectUtils.getJSONObjectArray(JSONObjectUtils.parse(json), "keys");
      if (members == null) {
        throw new IllegalArgumentException("a key set by RFC 7517");
      }
      if (members.length > MAX_FETCHED_KEYS) {
        throw new IllegalArgumentException("a key set of at most " + MAX_FETCHED_KEYS + " keys");
      }
      return Arrays.asList(members);
    } catch (ParseException e) {
      throw new IllegalArgumentException("a key set by RFC 7517", e);
    }
  }

  private static void add(JWK jwk, @Nullable JWSAlgorithm onlyAlgorithm, List<VerificationKey> keys)
      throws JOSEException {
    if (jwk.getKeyUse() != null && !jwk.getKeyUse().equals(KeyUse.SIGNATURE)) {
      return;
    }
    JWSAlgorithm algorithm = onlyAlgorithm;
    if (jwk.getAlgorithm() != null) {
      algorithm = supported(jwk.getAlgorithm().getName());
      if (algorithm == null || (onlyAlgorithm != null && !onlyAlgorithm.equals(algorithm))) {
        return;
      }
    }
    String kid = jwk.getKeyID();
    switch (jwk) {
      case RSAKey rsa -> keys.add(VerificationKey.ofRsa(kid, algorithm, rsa.toRSAPublicKey()));
      case ECKey ec -> keys.add(VerificationKey.ofEc(kid, algorithm, ec.toECPublicKey()));
      case OctetKeyPair pair when pair.getCurve().equals(Curve.Ed25519) ->
          keys.add(VerificationKey.ofEdwards(kid, algorithm, ed25519(pair.getDecodedX())));
      case OctetSequenceKey secret ->
          keys.add(KeyFiles.secret(kid, algorithm, secret.toByteArray()));
      default -> {
        // A set may well hold keys of kinds that we don't verify with.
      }
    }
  }

  private static EdECPublicKey ed25519(byte[] x) {
    byte[] encoded = Arrays.copyOf(ED25519_PREFIX, ED25519_PREFIX.length + x.length);
    System.arraycopy(x, 0, encoded, ED25519_PREFIX.length, x.length);
    try {
      return (EdECPublicKey)
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("an Ed25519 key of 32 bytes", e);
    }
  }

  /// Also under the name that RFC 9864 gives EdDSA with an Ed25519 key.
  private static @Nullable JWSAlgorithm supported(String name) {
    boolean known =
        name.equals(JWSAlgorithm.Ed25519.getName())
            || Arrays.stream(SignatureAlgorithm.values())
                .anyMatch(each -> each.toString().equals(name));
    return known ? JWSAlgorithm.parse(name) : null;
  }
}
