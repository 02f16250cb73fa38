package io.pushrod.server.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.HexFormat;

/// The value of `Content-Disposition` (RFC 6266), with a name that every client reads and the exact
/// one for those that know RFC 8187.
public final class ContentDisposition {
  private static final String ATTRIBUTE_CHARACTERS = "!#$&+-.^_`|~";

  private ContentDisposition() {}

  /// @param inline whether a browser may show the content in place; else it saves it
  /// @param plain ASCII without `"`, `\` and control characters
  /// @param exact any text, such as the name that a file had with its uploader
  public static String of(boolean inline, String plain, String exact) {
    String value = (inline ? "inline" : "attachment") + "; filename=\"" + plain + '"';
    return exact.equals(plain) ? value : value + "; filename*=UTF-8''" + encoded(exact);
  }

  private static String encoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      boolean plain =
          (b >= '0' && b <= '9')
              || (b >= 'A' && b <= 'Z')
              || (b >= 'a' && b <= 'z')
              || ATTRIBUTE_CHARACTERS.indexOf(b) >= 0;
      if (plain) {
        out.append((char) b);
      } else {
        out.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return out.toString();
  }
}
