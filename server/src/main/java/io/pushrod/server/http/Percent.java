package io.pushrod.server.http;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Percent-decoding (RFC 3986 section 2.1) of a part of a request target, strictly: two hex digits,
/// valid UTF-8, no NUL.
final class Percent {
  private Percent() {}

  /// @throws RequestException if the text is not percent-encoded UTF-8
  static String decode(String text) {
    return decode(text, false);
  }

  /// As in a query: `+` is a space (WHATWG URL, section 5.1).
  static String decodeForm(String text) {
    return decode(text, true);
  }

  private static String decode(String text, boolean plusIsSpace) {
    if (text.indexOf('%') < 0) {
      return plusIsSpace ? text.replace('+', ' ') : text;
    }
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes[length++] = octet(text, i);
        i += 2;
      } else {
        bytes[length++] = (byte) (c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw malformed();
    }
  }

  private static byte octet(String text, int percent) {
    if (percent + 2 >= text.length()) {
      throw malformed();
    }
    int high = Character.digit(text.charAt(percent + 1), 16);
    int low = Character.digit(text.charAt(percent + 2), 16);
    int octet = high << 4 | low;
    if (high < 0 || low < 0 || octet == 0) {
      throw malformed();
    }
    return (byte) octet;
  }

  private static RequestException malformed() {
    return new RequestException(
        ErrorCode.BAD_REQUEST, "target: malformed (expected: percent-encoded UTF-8)");
  }
}
