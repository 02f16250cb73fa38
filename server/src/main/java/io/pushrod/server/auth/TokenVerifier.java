package io.pushrod.server.auth;

import com.nimbusds.jose.Header;
import com.nimbusds.jose.JOSEObject;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.PlainHeader;
import com.nimbusds.jose.util.Base64URL;
import com.nimbusds.jose.util.JSONObjectUtils;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Verifies signed tokens (RFC 7515, RFC 7519) and turns their claims into an identity.
///
/// Accepted tokens are remembered by hash until they expire, so that a client that comes back costs
/// one SHA-256; a first RS or ES signature costs some 50–300 µs.
///
/// **Thread:** any, event loops too: nothing blocks.
public final class TokenVerifier {
  private final KeySource keys;
  private final ClaimRules rules;
  private final int maxBytes;
  private final TokenCache cache;

  /// @param maxBytes tokens longer than this are not even parsed
  /// @param cacheEntries 0 to verify every token anew
  TokenVerifier(KeySource keys, ClaimRules rules, int maxBytes, int cacheEntries) {
    this.keys = keys;
    this.rules = rules;
    this.maxBytes = maxBytes;
    this.cache = new TokenCache(cacheEntries);
  }

  /// Verifies with the keys of the config, and in development mode with the dev secret too, which
  /// is created when the data folder has none.
  ///
  /// @throws ConfigException when a key cannot be loaded, or there is none at all, nor a file of
  ///   API keys
  public static TokenVerifier of(ServerConfig config) {
    List<VerificationKey> keys = new ArrayList<>(KeyFiles.load(config.auth().keys()));
    if (config.dev()) {
      keys.add(DevSecret.loadOrCreate(config.dataDir()).verificationKey());
    }
    if (keys.isEmpty() && !ApiKeyFile.exists(config.dataDir())) {
      throw new ConfigException(
          "auth.keys: [] (expected: at least one key, an API key made by pushrod key create, or --dev"
              + " for a secret of its own)");
    }
    return new TokenVerifier(
        KeySource.of(keys),
        ClaimRules.of(config.auth()),
        config.limits().tokenBytes(),
        config.auth().tokenCacheEntries());
  }

  /// @param nowMillis since the epoch
  public Verdict verify(String token, long nowMillis) {
    if (token.length() > maxBytes) {
      return new Refused(Reason.TOO_LARGE);
    }
    TokenCache.Key hash = TokenCache.Key.of(token);
    Accepted known = cache.find(hash, nowMillis);
    if (known != null) {
      return known;
    }
    Verdict verdict = verifyAnew(token, nowMillis);
    if (verdict instanceof Accepted accepted) {
      cache.add(hash, accepted);
    }
    return verdict;
  }

  private Verdict verifyAnew(String token, long nowMillis) {
    try {
      Base64URL[] parts = JOSEObject.split(token);
      Header header = Header.parse(parts[0]);
      if (header instanceof PlainHeader) {
        return new Refused(Reason.ALGORITHM_NOT_ALLOWED);
      }
      if (parts.length != 3 || !(header instanceof JWSHeader signed) || isCritical(signed)) {
        return new Refused(Reason.MALFORMED);
      }
      Reason refusal = checkSignature(signed, parts);
      if (refusal != null) {
        return new Refused(refusal);
      }
      Map<String, Object> claims = JSONObjectUtils.parse(parts[1].decodeToString());
      return rules.judge(claims, nowMillis);
    } catch (ParseException | IllegalArgumentException e) {
      return new Refused(Reason.MALFORMED);
    }
  }

  /// Extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
  private static boolean isCritical(JWSHeader header) {
    return header.getCriticalParams() != null || !header.isBase64URLEncodePayload();
  }

  private @Nullable Reason checkSignature(JWSHeader header, Base64URL[] parts) {
    JWSAlgorithm algorithm = header.getAlgorithm();
    String kid = header.getKeyID();
    byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    boolean isKnown = false;
    boolean isAllowed = false;
    for (VerificationKey key : keys.keys()) {
      if (kid != null && key.kid() != null && !key.kid().equals(kid)) {
        continue;
      }
      isKnown = true;
      if (key.allows(algorithm)) {
        isAllowed = true;
        if (key.verifies(header, signed, parts[2])) {
          return null;
        }
      }
    }
    if (!isKnown) {
      keys.onUnknownKey(kid, algorithm);
      return Reason.UNKNOWN_KEY;
    }
    return isAllowed ? Reason.BAD_SIGNATURE : Reason.ALGORITHM_NOT_ALLOWED;
  }
}
