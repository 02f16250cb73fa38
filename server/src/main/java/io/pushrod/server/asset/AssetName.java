package io.pushrod.server.asset;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;

/// Names of stored files: safe in a folder of any system and locale, in a URL and in a header.
///
/// A safe name has 1–200 characters of `A-Z a-z 0-9`, space and `._-()+,=@`, begins and ends with
/// neither a dot nor a space, and is no device of Windows, whatever its extension.
public final class AssetName {
  static final int MAX_LENGTH = 200;
  private static final int MAX_EXTENSION_LENGTH = 16;
  private static final String NAMELESS = "file";
  private static final String PLAIN = " ._-()+,=@";
  private static final Set<String> DEVICES =
      Set.of("con", "prn", "aux", "nul", "conin$", "conout$", "clock$");

  private AssetName() {}

  /// The name to store a file under that was sent as `original`: the last part of a path, its
  /// letters without their accents, and an underscore for anything else that is not safe. What is
  /// not seen, such as marks that turn the direction of text around, is left out.
  public static String safe(String original) {
    int slash = Math.max(original.lastIndexOf('/'), original.lastIndexOf('\\'));
    String name = shortened(trimmed(plain(original.substring(slash + 1))));
    return name.isEmpty() ? NAMELESS : isDevice(name) ? shortened('_' + name) : name;
  }

  /// Whether the name is stored as it is.
  public static boolean isSafe(String name) {
    return safe(name).equals(name);
  }

  private static String plain(String name) {
    StringBuilder plain = new StringBuilder();
    Normalizer.normalize(name, Normalizer.Form.NFKD)
        .codePoints()
        .forEach(
            c -> {
              if (isPlain(c)) {
                plain.append((char) c);
              } else if (isSeen(c)
                  && (plain.isEmpty() || plain.charAt(plain.length() - 1) != '_')) {
                plain.append('_');
              }
            });
    return plain.toString();
  }

  private static boolean isPlain(int c) {
    return (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (c >= '0' && c <= '9')
        || PLAIN.indexOf(c) >= 0;
  }

  private static boolean isSeen(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.COMBINING_SPACING_MARK ->
          false;
      default -> true;
    };
  }

  private static String trimmed(String name) {
    int from = 0;
    int to = name.length();
    while (from < to && isEdge(name.charAt(from))) {
      from++;
    }
    while (to > from && isEdge(name.charAt(to - 1))) {
      to--;
    }
    return name.substring(from, to);
  }

  private static boolean isEdge(char c) {
    return c == '.' || c == ' ';
  }

  private static boolean isDevice(String name) {
    int dot = name.indexOf('.');
    String stem = (dot < 0 ? name : name.substring(0, dot)).strip().toLowerCase(Locale.ROOT);
    return DEVICES.contains(stem) || stem.matches("(com|lpt)[0-9]");
  }

  /// Cuts the stem, so that the extension stays.
  private static String shortened(String name) {
    if (name.length() <= MAX_LENGTH) {
      return name;
    }
    int dot = name.lastIndexOf('.');
    String extension =
        dot > 0 && name.length() - dot <= MAX_EXTENSION_LENGTH ? name.substring(dot) : "";
    return trimmed(name.substring(0, MAX_LENGTH - extension.length()) + extension);
  }
}
