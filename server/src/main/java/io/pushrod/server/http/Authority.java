package io.pushrod.server.http;

/// `host[:port]` of a Host header or of an absolute target (RFC 9110 section 7.2, RFC 3986 section
/// 3.2), by its characters: enough to compare it with an Origin and to echo it nowhere.
final class Authority {
  private static final int LAST_PORT = 65_535;

  private Authority() {}

  static boolean isValid(String text) {
    boolean literal = text.startsWith("[");
    int hostEnd = literal ? text.indexOf(']') + 1 : text.indexOf(':');
    hostEnd = hostEnd < 0 ? text.length() : hostEnd;
    boolean host = literal ? isLiteral(text, hostEnd) : isName(text, hostEnd);
    return host && (hostEnd == text.length() || isPort(text, hostEnd));
  }

  private static boolean isLiteral(String text, int end) {
    for (int i = 1; i < end - 1; i++) {
      if (!isAlphanumeric(text.charAt(i)) && ":.~%-_".indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return end > 2;
  }

  private static boolean isName(String text, int end) {
    for (int i = 0; i < end; i++) {
      if (!isAlphanumeric(text.charAt(i)) && "-._~%".indexOf(text.charAt(i)) < 0) {
        return false;
      }
    }
    return end > 0;
  }

  /// A port may be empty, which is the scheme's.
  private static boolean isPort(String text, int colon) {
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      port = c < '0' || c > '9' ? LAST_PORT + 1 : port * 10 + c - '0';
      if (port > LAST_PORT) {
        return false;
      }
    }
    return text.charAt(colon) == ':';
  }

  private static boolean isAlphanumeric(char c) {
    return c < 0x80 && Character.isLetterOrDigit(c);
  }
}
