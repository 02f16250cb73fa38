package io.pushrod.bench.report;

/// Text from outside, made harmless.
final class Text {
  private static final int REPLACEMENT = 0xFFFD;

  private Text() {}

  /// `text` on one line, with U+FFFD for whatever steers a terminal, turns the direction of writing
  /// or may not stand in XML 1.0 (section 2.2).
  static String plain(String text) {
    StringBuilder out = new StringBuilder(text.length());
    text.codePoints().map(c -> harmless(c) ? c : REPLACEMENT).forEach(out::appendCodePoint);
    return out.toString();
  }

  private static boolean harmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.FORMAT -> !((c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069));
      default -> c != 0xFFFE && c != 0xFFFF;
    };
  }

  /// `text` in at most `most` characters (at least 1), the last of them an ellipsis where something
  /// is missing.
  static String fitted(String text, int most) {
    if (text.codePointCount(0, text.length()) <= most) {
      return text;
    }
    return text.substring(0, text.offsetByCodePoints(0, Math.max(0, most - 1))) + "…";
  }
}
