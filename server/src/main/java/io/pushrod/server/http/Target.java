package io.pushrod.server.http;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A request target (RFC 9112 section 3.2) taken apart, still percent-encoded.
///
/// @param path begins with `/`, or is `*`
/// @param query what follows the `?`; empty without one
record Target(String path, String query) {

  /// Takes the origin form, the absolute form (its authority is dropped, as it equals the Host) and
  /// `*`.
  ///
  /// @throws RequestException if it is none of these, or holds a byte that no target may hold
  static Target parse(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw malformed();
      }
    }
    if (text.equals("*")) {
      return new Target(text, "");
    }
    String origin = text.startsWith("/") ? text : afterAuthority(text);
    int question = origin.indexOf('?');
    return question < 0
        ? new Target(origin, "")
        : new Target(origin.substring(0, question), origin.substring(question + 1));
  }

  /// The authority of an absolute target; null in every other form.
  static @Nullable String authority(String text) {
    int from = authorityStart(text);
    return from < 0 ? null : text.substring(from, authorityEnd(text, from));
  }

  private static String afterAuthority(String text) {
    int from = authorityStart(text);
    if (from < 0) {
      throw malformed();
    }
    String rest = text.substring(authorityEnd(text, from));
    return rest.startsWith("/") ? rest : "/" + rest;
  }

  private static int authorityStart(String text) {
    String lower = text.substring(0, Math.min(8, text.length())).toLowerCase(Locale.ROOT);
    return lower.startsWith("http://") ? 7 : lower.equals("https://") ? 8 : -1;
  }

  private static int authorityEnd(String text, int from) {
    int end = from;
    while (end < text.length() && text.charAt(end) != '/' && text.charAt(end) != '?') {
      end++;
    }
    return end;
  }

  private static RequestException malformed() {
    return new RequestException(
        ErrorCode.BAD_REQUEST, "target: malformed (expected: a path that begins with /)");
  }
}
