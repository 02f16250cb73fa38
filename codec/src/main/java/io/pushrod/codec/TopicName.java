package io.pushrod.codec;

/// The rule for topic names: a path of 1–255 bytes out of `[A-Za-z0-9_.:@/-]`, such as `thread/42`.
public final class TopicName {
  public static final int MAX_BYTES = 255;

  /// The most topics that one publish may name.
  public static final int MAX_TOPICS = 8;

  private static final boolean[] ALLOWED = new boolean[128];

  static {
    for (char c = 'a'; c <= 'z'; c++) {
      ALLOWED[c] = true;
      ALLOWED[Character.toUpperCase(c)] = true;
    }
    for (char c = '0'; c <= '9'; c++) {
      ALLOWED[c] = true;
    }
    for (char c : "_.:@/-".toCharArray()) {
      ALLOWED[c] = true;
    }
  }

  private TopicName() {}

  public static boolean isValid(CharSequence name) {
    int length = name.length();
    if (length == 0 || length > MAX_BYTES) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (!allows(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /// Whether a topic name, and an event type, may hold this character.
  public static boolean allows(int c) {
    return c >= 0 && c < 128 && ALLOWED[c];
  }

  /// Returns `name` itself.
  ///
  /// @throws RequestException `BAD_TOPIC` when the rule is broken
  public static String checked(String name) {
    if (!isValid(name)) {
      String shown = name.length() > 64 ? name.substring(0, 64) + "…" : name;
      throw new RequestException(
          ErrorCode.BAD_TOPIC, "topic: " + shown + " (expected: 1-255 of A-Z a-z 0-9 _ . : @ / -)");
    }
    return name;
  }
}
