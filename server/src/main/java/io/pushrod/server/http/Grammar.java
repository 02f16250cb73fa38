package io.pushrod.server.http;

/// The character classes of HTTP (RFC 9110 section 5.6).
final class Grammar {
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";
  private static final boolean[] TOKEN = new boolean[256];

  static {
    for (int c = 0; c < 128; c++) {
      TOKEN[c] = Character.isLetterOrDigit(c) || TOKEN_MARKS.indexOf(c) >= 0;
    }
  }

  private Grammar() {}

  /// `tchar`.
  static boolean isToken(int c) {
    return TOKEN[c];
  }

  /// What a field value may hold: a tab, and all but control characters.
  static boolean isText(int c) {
    return c == '\t' || (c >= ' ' && c != 0x7f);
  }
}
