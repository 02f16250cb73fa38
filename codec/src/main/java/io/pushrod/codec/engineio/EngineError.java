package io.pushrod.codec.engineio;

import java.util.Locale;

/// Why a request is refused, as Engine.IO clients know it: `{"code":…,"message":…}`. The code on
/// the wire is the ordinal.
public enum EngineError {
  TRANSPORT_UNKNOWN(400),
  SESSION_ID_UNKNOWN(400),
  BAD_HANDSHAKE_METHOD(400),
  BAD_REQUEST(400),
  FORBIDDEN(403),
  UNSUPPORTED_PROTOCOL_VERSION(400);

  private final int status;

  EngineError(int status) {
    this.status = status;
  }

  /// The HTTP status of the answer.
  public int status() {
    return status;
  }

  /// The body of the answer.
  public String json() {
    return "{\"code\":" + ordinal() + ",\"message\":\"" + message() + "\"}";
  }

  private String message() {
    String words = name().replace('_', ' ').toLowerCase(Locale.ROOT);
    String sentence = Character.toUpperCase(words.charAt(0)) + words.substring(1);
    return this == SESSION_ID_UNKNOWN ? "Session ID unknown" : sentence;
  }
}
