package io.pushrod.codec.multipart;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Locale;

/// `UTF-8''na%C3%AFve.txt`: a parameter's value as RFC 8187 writes it. RFC 7578 forbids it in form
/// data, and some clients send it all the same.
final class ExtendedValue {
  private static final String PREFIX = "utf-8'";

  private ExtendedValue() {}

  /// @throws io.pushrod.codec.RequestException `BAD_REQUEST` unless it is percent-encoded UTF-8
  static String decode(String text) {
    int quote = text.indexOf('\'', PREFIX.length());
    if (!text.toLowerCase(Locale.ROOT).startsWith(PREFIX) || quote < 0) {
      throw malformed();
    }
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = quote + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes[length++] = octet(text, i);
        i += 2;
      } else if (c > ' ' && c < 127) {
        bytes[length++] = (byte) c;
      } else {
        throw malformed();
      }
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
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
    if (high < 0 || low < 0) {
      throw malformed();
    }
    return (byte) (high << 4 | low);
  }

  private static RuntimeException malformed() {
    return MultipartReader.malformed("filename*", "UTF-8''…");
  }
}
