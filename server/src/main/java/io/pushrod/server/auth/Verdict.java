package io.pushrod.server.auth;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.session.Identity;
import java.util.Locale;

/// What we think of a token.
public sealed interface Verdict {

  record Accepted(Identity identity) implements Verdict {}

  record Refused(Reason reason) implements Verdict {}

  /// Why a token is refused; also a label of a counter.
  enum Reason {
    MALFORMED("token is not a valid JWT"),
    TOO_LARGE("token is too large"),
    ALGORITHM_NOT_ALLOWED("token is signed with an algorithm that is not allowed"),
    UNKNOWN_KEY("token is signed with an unknown key"),
    BAD_SIGNATURE("token's signature is wrong"),
    EXPIRED("token has expired"),
    NOT_YET_VALID("token is not valid yet"),
    WRONG_ISSUER("token's issuer is not accepted"),
    WRONG_AUDIENCE("token is for another audience"),
    NO_TENANT("token names no tenant"),
    UNKNOWN_API_KEY("API key is not known"),
    REVOKED("token was revoked"),
    WRONG_TENANT("token's issuer does not speak for its tenant"),
    /// Not final: the issuer's keys are being fetched, or could not be.
    KEYS_PENDING("token cannot be checked now");

    private final String text;
    private final String label = name().toLowerCase(Locale.ROOT);

    Reason(String text) {
      this.text = text;
    }

    /// One phrase for the peer.
    public String text() {
      return text;
    }

    public String label() {
      return label;
    }

    /// What the peer is answered: an expired token is told apart, since a new one helps, and one
    /// that cannot be judged now, since the same one may, and a revoked one, since it never will.
    public ErrorCode code() {
      return switch (this) {
        case EXPIRED -> ErrorCode.TOKEN_EXPIRED;
        case REVOKED -> ErrorCode.TOKEN_REVOKED;
        case KEYS_PENDING -> ErrorCode.UNAVAILABLE;
        case MALFORMED,
            TOO_LARGE,
            ALGORITHM_NOT_ALLOWED,
            UNKNOWN_KEY,
            UNKNOWN_API_KEY,
            BAD_SIGNATURE,
            NOT_YET_VALID,
            WRONG_ISSUER,
            WRONG_AUDIENCE,
            NO_TENANT,
            WRONG_TENANT ->
            ErrorCode.UNAUTHENTICATED;
      };
    }
  }
}
