package io.pushrod.codec;

/// The rule for event types: 1–128 bytes out of `[A-Za-z0-9_.:@/-]`, such as `token_chunk`.
public final class EventType {
  public static final int MAX_BYTES = 128;

  private EventType() {}

  public static boolean isValid(CharSequence type) {
    return type.length() <= MAX_BYTES && TopicName.isValid(type);
  }

  /// Returns `type` itself.
  ///
  /// @throws RequestException `BAD_TYPE` when the rule is broken
  public static String checked(String type) {
    if (!isValid(type)) {
      String shown = type.length() > 64 ? type.substring(0, 64) + "…" : type;
      throw new RequestException(
          ErrorCode.BAD_TYPE, "type: " + shown + " (expected: 1-128 of A-Z a-z 0-9 _ . : @ / -)");
    }
    return type;
  }
}
