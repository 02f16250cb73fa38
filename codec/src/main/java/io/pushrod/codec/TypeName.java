package io.pushrod.codec;

/// The rule for event types: 1–128 bytes out of `[A-Za-z0-9_.:@/-]`, such as `token_chunk`.
public final class TypeName {
  public static final int MAX_BYTES = 128;

  /// What [#isPublishable] asks, for errors.
  public static final String RULE = "1-128 of A-Z a-z 0-9 _ . : @ / -, not gap";

  /// What only we say: the event that tells a reader what it misses. Nobody may publish it.
  public static final String GAP = "gap";

  /// What a service publishes to declare who may read its topics. It is no event: it is neither
  /// stored nor delivered.
  public static final String TOPIC_READERS = "topic_readers";

  private TypeName() {}

  /// Whether a type may be named so, in a filter for example.
  public static boolean isValid(CharSequence type) {
    return type.length() <= MAX_BYTES && TopicName.isValid(type);
  }

  /// Whether a client may publish it.
  public static boolean isPublishable(CharSequence type) {
    return isValid(type) && !GAP.contentEquals(type);
  }

  /// Returns `type` itself if it may be published.
  ///
  /// @throws RequestException `BAD_TYPE` when the rule is broken
  public static String checked(String type) {
    if (!isPublishable(type)) {
      String shown = type.length() > 64 ? type.substring(0, 64) + "…" : type;
      throw new RequestException(
          ErrorCode.BAD_TYPE, "type: " + shown + " (expected: " + RULE + ")");
    }
    return type;
  }
}
