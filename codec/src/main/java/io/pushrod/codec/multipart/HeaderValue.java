package io.pushrod.codec.multipart;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A header value with parameters: `form-data; name="a"; filename="b.txt"`.
///
/// @param value in lower case
/// @param parameters by names in lower case
record HeaderValue(String value, Map<String, String> parameters) {

  /// Reads a value. In quotes `\"` and `\\` stand for the second character; any other backslash
  /// stands for itself, as old browsers send paths of Windows. What follows the last parameter that
  /// is one, and a parameter given twice, make the whole malformed.
  ///
  /// @return null if it is malformed
  static @Nullable HeaderValue parse(String text) {
    int semicolon = text.indexOf(';');
    int end = semicolon < 0 ? text.length() : semicolon;
    String value = text.substring(0, end).strip().toLowerCase(Locale.ROOT);
    Map<String, String> parameters = new LinkedHashMap<>();
    Scan scan = new Scan(text, end);
    while (scan.next()) {
      if (parameters.putIfAbsent(scan.name, scan.value) != null) {
        return null;
      }
    }
    return scan.malformed || value.isEmpty() ? null : new HeaderValue(value, parameters);
  }

  /// One parameter after the other.
  private static final class Scan {
    private final String text;
    private int at;
    private String name = "";
    private String value = "";
    private boolean malformed;

    Scan(String text, int at) {
      this.text = text;
      this.at = at;
    }

    /// Moves from a semicolon to the next one, or to the end.
    boolean next() {
      if (!skipToName()) {
        return false;
      }
      int equals = text.indexOf('=', at);
      name = equals < 0 ? "" : text.substring(at, equals).strip().toLowerCase(Locale.ROOT);
      at = equals + 1;
      skipSpace();
      boolean read = !name.isEmpty() && (isAt('"') ? quoted() : token());
      skipSpace();
      malformed = !read || (at < text.length() && !isAt(';'));
      return !malformed;
    }

    private boolean skipToName() {
      while (isAt(';')) {
        at++;
        skipSpace();
      }
      return at < text.length();
    }

    private boolean token() {
      int semicolon = text.indexOf(';', at);
      int end = semicolon < 0 ? text.length() : semicolon;
      value = text.substring(at, end).strip();
      at = end;
      return !value.isEmpty() && value.indexOf('"') < 0;
    }

    private boolean quoted() {
      StringBuilder content = new StringBuilder();
      for (int i = at + 1; i < text.length(); i++) {
        char c = text.charAt(i);
        if (c == '"') {
          value = content.toString();
          at = i + 1;
          return true;
        }
        if (c == '\\' && i + 1 < text.length() && "\"\\".indexOf(text.charAt(i + 1)) >= 0) {
          i++;
          c = text.charAt(i);
        }
        content.append(c);
      }
      return false;
    }

    private boolean isAt(char c) {
      return at < text.length() && text.charAt(at) == c;
    }

    private void skipSpace() {
      while (isAt(' ') || isAt('\t')) {
        at++;
      }
    }
  }
}
