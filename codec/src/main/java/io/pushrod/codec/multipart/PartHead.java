package io.pushrod.codec.multipart;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.RequestException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the headers of a part say.
///
/// @param filename null for a field
/// @param contentType empty when it was not said
record PartHead(String name, @Nullable String filename, String contentType) {
  private static final Set<String> PLAIN_ENCODINGS = Set.of("7bit", "8bit", "binary");

  /// Reads the header lines of a part, each with its CRLF.
  ///
  /// @throws RequestException `BAD_REQUEST` unless they are headers of form data with a name
  static PartHead parse(byte[] bytes, int length) {
    Map<String, String> headers = lines(text(bytes, length));
    HeaderValue disposition = HeaderValue.parse(headers.getOrDefault("content-disposition", ""));
    String name = disposition == null ? null : disposition.parameters().get("name");
    if (disposition == null || name == null || !disposition.value().equals("form-data")) {
      throw MultipartReader.malformed("a part without a name", "form-data; name=…");
    }
    String encoding = headers.getOrDefault("content-transfer-encoding", "binary");
    if (!PLAIN_ENCODINGS.contains(encoding.toLowerCase(Locale.ROOT))) {
      throw MultipartReader.malformed("a transfer encoding", "bytes as they are, RFC 7578 4.7");
    }
    return new PartHead(name, filename(disposition), headers.getOrDefault("content-type", ""));
  }

  private static @Nullable String filename(HeaderValue disposition) {
    String plain = disposition.parameters().get("filename");
    String extended = disposition.parameters().get("filename*");
    return extended == null ? plain : ExtendedValue.decode(extended);
  }

  private static String text(byte[] bytes, int length) {
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException e) {
      throw MultipartReader.malformed("headers of a part", "UTF-8");
    }
  }

  private static Map<String, String> lines(String text) {
    Map<String, String> headers = new HashMap<>();
    int at = 0;
    while (at < text.length()) {
      int end = text.indexOf("\r\n", at);
      int colon = text.indexOf(':', at);
      if (colon <= at || colon > end || !isToken(text, at, colon)) {
        throw MultipartReader.malformed("a header of a part", "name: value");
      }
      String name = text.substring(at, colon).toLowerCase(Locale.ROOT);
      if (headers.putIfAbsent(name, text.substring(colon + 1, end).strip()) != null) {
        throw MultipartReader.malformed("a header of a part", "once");
      }
      at = end + 2;
    }
    return headers;
  }

  private static boolean isToken(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if (c <= ' ' || c >= 127) {
        return false;
      }
    }
    return true;
  }
}
