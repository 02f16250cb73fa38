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
import io.pushrod.server.metrics.MetricsRegistry;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Verifies signed tokens (RFC 7515, RFC 7519) and turns their claims into an identity.
///
/// Accepted tokens are remembered by hash until they expire, so that a client that comes back costs
/// one SHA-256; a first RS, PS, ES or EdDSA signature costs some 50–300 µs. When other keys come
/// into use, all is forgotten.
///
/// **Thread:** any, event loops too: nothing blocks.
public final class TokenVerifier implements AutoCloseable {
  /// Against how many keys a token without a `kid` is tried.
  private static final int MAX_CHECKS = 16;

  private final Issuers issuers;
  private final int maxBytes;
  private final TokenCache cache;
  private final Runnable onClose;

  /// @param maxBytes tokens longer than this are not even parsed
  /// @param onClose ends what fetches keys
  TokenVerifier(Issuers issuers, int maxBytes, TokenCache cache, Runnable onClose) {
    this.issuers = issuers;
    this.maxBytes = maxBytes;
    this.cache = cache;
    this.onClose = onClose;
  }

  /// @param cacheEntries 0 to verify every token anew
  TokenVerifier(KeySource keys, ClaimRules rules, int maxBytes, int cacheEntries) {
    this(
        Issuers.of(Issuer.ofAnyAlgorithm(keys, rules)),
        maxBytes,
        new TokenCache(cacheEntries),
        () -> {});
  }

  /// Verifies with the keys of the config, and in development mode with the dev secret too, which
  /// is created when the data folder has none. Waits for the first key set of each issuer, but no
  /// longer than `auth.jwks.timeout`.
  ///
  /// @throws ConfigException when a key cannot be loaded, or there is none at all
  public static TokenVerifier of(ServerConfig config, MetricsRegistry metrics) {
    return new IssuerLoader(config, metrics).load();
  }

  /// Without counters for anybody.
  public static TokenVerifier of(ServerConfig config) {
    return of(config, new MetricsRegistry(""));
  }

  /// Stops fetching keys; those that are there stay in use.
  @Override
  public void close() {
    onClose.run();
  }

  /// @param nowMillis since the epoch
  public Verdict verify(String token, long nowMillis) {
    if (token.length() > maxBytes) {
      return new Refused(Reason.TOO_LARGE);
    }
    TokenCache.Key hash = TokenCache.Key.of(token);
    long generation = cache.generation();
    Accepted known = cache.find(hash, nowMillis);
    if (known != null) {
      return known;
    }
    Verdict verdict = verifyAnew(token, nowMillis);
    if (verdict instanceof Accepted accepted) {
      cache.add(hash, accepted, generation);
    }
    return verdict;
  }

  private Verdict verifyAnew(String token, long nowMillis) {
    try {
      Base64URL[] parts = JOSEObject.split(token);
      Header header = Header.parse(object(parts[0]), parts[0]);
      if (header instanceof PlainHeader) {
        return new Refused(Reason.ALGORITHM_NOT_ALLOWED);
      }
      if (parts.length != 3 || !(header instanceof JWSHeader signed) || isCritical(signed)) {
        return new Refused(Reason.MALFORMED);
      }
      // Not yet believed: until the signature is checked, only `iss` is looked at.
      Map<String, Object> claims = object(parts[1]);
      Issuer issuer = issuers.find(claims.get("iss"));
      if (issuer == null) {
        return new Refused(Reason.WRONG_ISSUER);
      }
      Reason refusal = checkSignature(issuer, signed, parts);
      return refusal == null ? issuer.rules().judge(claims, nowMillis) : new Refused(refusal);
    } catch (ParseException | IllegalArgumentException e) {
      return new Refused(Reason.MALFORMED);
    }
  }

  /// The library makes null of the JSON null.
  private static Map<String, Object> object(Base64URL part) throws ParseException {
    @Nullable Map<String, Object> object = JSONObjectUtils.parse(part.decodeToString());
    if (object == null) {
      throw new ParseException("null", 0);
    }
    return object;
  }

  /// Extensions that must be understood (RFC 7515 section 4.1.11): we understand none.
  private static boolean isCritical(JWSHeader header) {
    return header.getCriticalParams() != null || !header.isBase64URLEncodePayload();
  }

  /// Keys come from the issuer's own source only: `jwk`, `jku`, `x5u` and `x5c` in a header are not
  /// looked at.
  private static @Nullable Reason checkSignature(
      Issuer issuer, JWSHeader header, Base64URL[] parts) {
    JWSAlgorithm algorithm = header.getAlgorithm();
    if (!issuer.algorithms().contains(algorithm)) {
      return Reason.ALGORITHM_NOT_ALLOWED;
    }
    String kid = header.getKeyID();
    byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
    boolean isNamed = false;
    Reason reason = Reason.UNKNOWN_KEY;
    int checks = 0;
    for (VerificationKey key : issuer.keys().keys()) {
      if (kid != null && key.kid() != null && !key.kid().equals(kid)) {
        continue;
      }
      isNamed |= kid != null && key.kid() != null;
      if (!key.allows(algorithm)) {
        reason = reason == Reason.BAD_SIGNATURE ? reason : Reason.ALGORITHM_NOT_ALLOWED;
      } else if (checks++ < MAX_CHECKS) {
        reason = Reason.BAD_SIGNATURE;
        if (key.verifies(header, signed, parts[2])) {
          return null;
        }
      }
    }
    return !isNamed && issuer.keys().lookAgain() ? Reason.KEYS_PENDING : reason;
  }
}
