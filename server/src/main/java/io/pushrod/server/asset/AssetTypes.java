package io.pushrod.server.asset;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Media types of assets: what the uploader says, or what the name suggests. Content is never
/// looked at for it; assets are served so that no browser does either.
public final class AssetTypes {
  static final String UNKNOWN = "application/octet-stream";
  private static final String TOKEN = "[a-z0-9!#$&^_.+-]{1,100}";
  private static final int PREVIEW_LENGTH = 512;

  /// Bytes that hold a preview, whatever its characters.
  static final int PREVIEW_BYTES = 4 * PREVIEW_LENGTH;

  private static final Map<String, String> BY_EXTENSION =
      Map.ofEntries(
          Map.entry("csv", "text/csv"),
          Map.entry("gif", "image/gif"),
          Map.entry("gz", "application/gzip"),
          Map.entry("html", "text/html"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("jpg", "image/jpeg"),
          Map.entry("json", "application/json"),
          Map.entry("md", "text/markdown"),
          Map.entry("mp3", "audio/mpeg"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("parquet", "application/vnd.apache.parquet"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("png", "image/png"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("txt", "text/plain"),
          Map.entry("wav", "audio/wav"),
          Map.entry("webp", "image/webp"),
          Map.entry("xml", "application/xml"),
          Map.entry("yaml", "application/yaml"),
          Map.entry("yml", "application/yaml"),
          Map.entry("zip", "application/zip"));

  private AssetTypes() {}

  /// The type of a file.
  ///
  /// @param declared a `Content-Type`; null, empty, malformed or `application/octet-stream` says
  ///   nothing
  public static String of(@Nullable String declared, String name) {
    String type = declared == null ? "" : declared;
    int semicolon = type.indexOf(';');
    type = (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    if (!type.matches(TOKEN + "/" + TOKEN) || type.equals(UNKNOWN)) {
      String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
      type = BY_EXTENSION.getOrDefault(extension, UNKNOWN);
    }
    return type;
  }

  /// Whether the text is a type, or stands for types as `image/*` and `*/*` do.
  public static boolean isPattern(String text) {
    return text.equals("*/*") || text.matches(TOKEN + "/(\\*|" + TOKEN + ")");
  }

  static boolean isAllowed(String type, List<String> patterns) {
    return patterns.stream()
        .anyMatch(
            pattern ->
                pattern.equals("*/*")
                    || pattern.equals(type)
                    || (pattern.endsWith("/*")
                        && type.startsWith(pattern.substring(0, pattern.length() - 1))));
  }

  /// Whether a browser may show it in place: pictures, PDF and text, none that runs scripts of its
  /// own.
  public static boolean isShown(String type) {
    return switch (type) {
      case "image/png", "image/jpeg", "image/gif", "image/webp", "image/avif" -> true;
      case "application/pdf", "text/plain", "text/csv", "text/markdown", "application/json" -> true;
      default -> false;
    };
  }

  static boolean isText(String type) {
    return type.startsWith("text/")
        || type.endsWith("+json")
        || type.endsWith("+xml")
        || switch (type) {
          case "application/json", "application/xml", "application/yaml", "application/x-ndjson" ->
              true;
          default -> false;
        };
  }

  /// The first characters of a text, at most 512.
  ///
  /// @param start the first bytes of the content
  /// @return null unless they are UTF-8 without NUL
  static @Nullable String preview(ByteBuffer start) {
    CharsetDecoder decoder = UTF_8.newDecoder();
    CharBuffer text = CharBuffer.allocate(PREVIEW_LENGTH);
    if (decoder.decode(start, text, false).isError()) {
      return null;
    }
    String preview = text.flip().toString();
    return preview.indexOf(0) >= 0 ? null : preview;
  }
}
