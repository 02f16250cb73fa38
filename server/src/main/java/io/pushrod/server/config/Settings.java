package io.pushrod.server.config;

import io.pushrod.server.config.ConfigValue.Entries;
import io.pushrod.server.config.ConfigValue.Items;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Typed, bounded reads of keys; remembers which keys were asked for, so that [#finish] finds the
/// ones nobody knows.
///
/// Defaults are texts in the syntax of the file: each read names its key, its default and its
/// bounds in one place.
///
/// **Thread:** one caller.
final class Settings {
  private static final String HIDDEN = "(hidden)";

  private final String prefix;
  private final Entries root;

  /// Every key that was asked for, with its default; null for a key that may stay unset.
  private final Map<String, @Nullable String> declared = new LinkedHashMap<>();

  Settings(Entries root) {
    this("", root);
  }

  private Settings(String prefix, Entries root) {
    this.prefix = prefix;
    this.root = root;
  }

  /// The keys read so far, in order, with the text of their defaults.
  Map<String, @Nullable String> declared() {
    return declared;
  }

  String text(String key, String byDefault) {
    Scalar scalar = scalar(key, byDefault, "a text");
    return scalar == null ? byDefault : scalar.text();
  }

  @Nullable String optionalText(String key) {
    Scalar scalar = scalar(key, null, "a text");
    return scalar == null ? null : scalar.text();
  }

  /// The default where nothing is written, and null where `null` is.
  @Nullable String nullableText(String key, String byDefault) {
    ConfigValue value = find(key, byDefault);
    return value == null ? byDefault : optionalText(key, byDefault);
  }

  private @Nullable String optionalText(String key, String byDefault) {
    Scalar scalar = scalar(key, byDefault, "a text, or null");
    return scalar == null ? null : scalar.text();
  }

  /// Relative to the working folder.
  Path path(String key, String byDefault) {
    return toPath(key, text(key, byDefault));
  }

  /// A file that a config file names is found beside that config file.
  @Nullable Path optionalPath(String key) {
    Scalar scalar = scalar(key, null, "a path");
    if (scalar == null) {
      return null;
    }
    Path path = toPath(key, scalar.text());
    boolean isInFile = scalar.origin().line() > 0;
    return isInFile ? Path.of(scalar.origin().source()).resolveSibling(path) : path;
  }

  private Path toPath(String key, String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw bad(key, "a path");
    }
  }

  int integer(String key, String byDefault, int min, int max) {
    String expected = "a whole number from " + min + " to " + max;
    Scalar scalar = scalar(key, byDefault, expected);
    long number = Units.parseWhole(scalar == null ? byDefault : scalar.text());
    if (number < min || number > max) {
      throw bad(key, expected);
    }
    return (int) number;
  }

  boolean flag(String key, boolean byDefault) {
    String expected = "true or false";
    Scalar scalar = scalar(key, String.valueOf(byDefault), expected);
    String text = scalar == null ? String.valueOf(byDefault) : scalar.text();
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw bad(key, expected);
    };
  }

  int bytes(String key, String byDefault, String min, String max) {
    return Math.toIntExact(longBytes(key, byDefault, min, max));
  }

  long longBytes(String key, String byDefault, String min, String max) {
    String expected = "a size from " + min + " to " + max + ", such as " + byDefault;
    Scalar scalar = scalar(key, byDefault, expected);
    long bytes = Units.parseBytes(scalar == null ? byDefault : scalar.text());
    if (bytes < Units.parseBytes(min) || bytes > Units.parseBytes(max)) {
      throw bad(key, expected);
    }
    return bytes;
  }

  long nanos(String key, String byDefault, String min, String max) {
    String expected = "a duration from " + min + " to " + max + ", such as " + byDefault;
    Scalar scalar = scalar(key, byDefault, expected);
    long nanos = Units.parseNanos(scalar == null ? byDefault : scalar.text());
    if (nanos < Units.parseNanos(min) || nanos > Units.parseNanos(max)) {
      throw bad(key, expected);
    }
    return nanos;
  }

  long millis(String key, String byDefault, String min, String max) {
    return nanos(key, byDefault, min, max) / 1_000_000;
  }

  <E extends Enum<E>> E choice(String key, E byDefault) {
    E chosen = optionalChoice(key, byDefault.getDeclaringClass(), name(byDefault));
    return chosen == null ? byDefault : chosen;
  }

  <E extends Enum<E>> @Nullable E optionalChoice(String key, Class<E> type) {
    return optionalChoice(key, type, null);
  }

  private <E extends Enum<E>> @Nullable E optionalChoice(
      String key, Class<E> type, @Nullable String byDefault) {
    E[] constants = type.getEnumConstants();
    String expected =
        "one of " + String.join(", ", Arrays.stream(constants).map(this::name).toList());
    Scalar scalar = scalar(key, byDefault, expected);
    if (scalar == null) {
      return null;
    }
    for (E constant : constants) {
      if (name(constant).equals(scalar.text())) {
        return constant;
      }
    }
    throw bad(key, expected);
  }

  /// Names of constants are lower case in the file, except those of algorithms.
  private String name(Enum<?> constant) {
    return constant instanceof SignatureAlgorithm
        ? constant.toString()
        : constant.name().toLowerCase(Locale.ROOT);
  }

  /// A list of texts; one text alone is a list of one.
  List<String> texts(String key, List<String> byDefault) {
    return texts(key, byDefault, byDefault.toString());
  }

  /// The same where one text alone is the default.
  List<String> texts(String key, String byDefault) {
    return texts(key, List.of(byDefault), byDefault);
  }

  private List<String> texts(String key, List<String> byDefault, String declaredDefault) {
    String expected = "a list of texts";
    ConfigValue value = find(key, declaredDefault);
    if (isAbsent(value)) {
      return byDefault;
    }
    if (value instanceof Scalar scalar) {
      return List.of(scalar.text());
    }
    List<String> texts = new ArrayList<>();
    for (ConfigValue item : items(key, value, expected).values()) {
      if (!(item instanceof Scalar scalar) || scalar.isNull()) {
        throw bad(key, item, expected);
      }
      texts.add(scalar.text());
    }
    return List.copyOf(texts);
  }

  /// A mapping from any names to texts, empty by default. Names may hold dots.
  Map<String, Scalar> map(String key) {
    ConfigValue value = find(key, "{}");
    if (isAbsent(value)) {
      return Map.of();
    }
    if (!(value instanceof Entries entries)) {
      throw bad(key, "a mapping");
    }
    Map<String, Scalar> map = new LinkedHashMap<>();
    entries
        .leaves()
        .forEach(
            (name, leaf) -> {
              if (!(leaf instanceof Scalar scalar) || scalar.isNull()) {
                throw bad(key + '.' + name, leaf, "a text");
              }
              map.put(name, scalar);
            });
    return map;
  }

  /// A list of mappings, empty by default; the caller reads and finishes each.
  List<Settings> sections(String key) {
    ConfigValue value = find(key, "[]");
    if (isAbsent(value)) {
      return List.of();
    }
    List<Settings> sections = new ArrayList<>();
    for (ConfigValue item : items(key, value, "a list of mappings").values()) {
      if (!(item instanceof Entries entries)) {
        throw bad(key, item, "a list of mappings");
      }
      sections.add(new Settings(prefix + key + '[' + sections.size() + "].", entries));
    }
    return sections;
  }

  /// A mapping of names to mappings, empty by default; the caller reads and finishes each.
  Map<String, Settings> children(String key) {
    return children(prefix + key, entries(key));
  }

  static Map<String, Settings> children(String key, Entries entries) {
    return children(key, entries.values());
  }

  private static Map<String, Settings> children(String key, Map<String, ConfigValue> values) {
    Map<String, Settings> children = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (!(value instanceof Entries entries)) {
            throw new ConfigException(
                value.origin()
                    + ": "
                    + key
                    + '.'
                    + name
                    + ": "
                    + value.shown()
                    + " (expected: a mapping)");
          }
          children.put(name, new Settings(key + '.' + name + '.', entries));
        });
    return children;
  }

  /// A mapping from any names to any values, empty by default.
  Map<String, ConfigValue> entries(String key) {
    ConfigValue value = find(key, "{}");
    if (isAbsent(value)) {
      return Map.of();
    }
    if (!(value instanceof Entries entries)) {
      throw bad(key, "a mapping");
    }
    return entries.values();
  }

  /// Where the section begins and what it is called, for messages of those who use its values
  /// later.
  String where() {
    return root.origin() + ": " + prefix.substring(0, Math.max(0, prefix.length() - 1));
  }

  /// Refuses the value of `key` unless `holds`.
  void check(boolean holds, String key, String expected) {
    if (!holds) {
      throw bad(key, expected);
    }
  }

  /// @throws ConfigException for the first key that nobody asked for
  void finish() {
    List<String> known = new ArrayList<>(declared.keySet());
    root.leaves()
        .forEach(
            (key, value) -> {
              boolean isKnown =
                  known.stream().anyMatch(k -> key.equals(k) || key.startsWith(k + '.'));
              boolean isEmptySection =
                  isAbsentOrEmpty(value) && known.stream().anyMatch(k -> k.startsWith(key + '.'));
              if (!isKnown && !isEmptySection) {
                throw bad(key, value, expectedKey(key, known));
              }
            });
  }

  private String expectedKey(String key, List<String> known) {
    String nearest = Spelling.nearest(key, known);
    if (nearest == null) {
      return prefix.isEmpty()
          ? "a key of config/pushrod.yaml"
          : "one of " + String.join(", ", known);
    }
    return "a known key, perhaps " + prefix + nearest;
  }

  private @Nullable Scalar scalar(String key, @Nullable String byDefault, String expected) {
    ConfigValue value = find(key, byDefault);
    if (isAbsent(value)) {
      return null;
    }
    if (value instanceof Scalar scalar && !scalar.text().isEmpty()) {
      return scalar;
    }
    throw bad(key, expected);
  }

  private Items items(String key, @Nullable ConfigValue value, String expected) {
    if (value instanceof Items items) {
      return items;
    }
    throw bad(key, expected);
  }

  private @Nullable ConfigValue find(String key, @Nullable String byDefault) {
    declared.put(key, byDefault);
    ConfigValue at = root;
    int from = 0;
    while (true) {
      if (isAbsent(at)) {
        return null;
      }
      if (!(at instanceof Entries entries)) {
        String section = key.substring(0, from - 1);
        throw bad(section, Objects.requireNonNull(at), "a mapping");
      }
      int dot = key.indexOf('.', from);
      if (dot < 0) {
        return entries.values().get(key.substring(from));
      }
      at = entries.values().get(key.substring(from, dot));
      from = dot + 1;
    }
  }

  private static boolean isAbsent(@Nullable ConfigValue value) {
    return value == null || (value instanceof Scalar scalar && scalar.isNull());
  }

  private static boolean isAbsentOrEmpty(ConfigValue value) {
    return isAbsent(value) || (value instanceof Entries entries && entries.values().isEmpty());
  }

  private ConfigException bad(String key, String expected) {
    ConfigValue value = find(key, declared.get(key));
    if (value == null) {
      String byDefault = declared.get(key);
      return new ConfigException(
          (prefix.isEmpty() ? "" : root.origin() + ": ")
              + prefix
              + key
              + ": "
              + (byDefault == null ? "not set" : byDefault)
              + " (expected: "
              + expected
              + ')');
    }
    return bad(key, value, expected);
  }

  private ConfigException bad(String key, ConfigValue value, String expected) {
    boolean isHidden =
        isSecret(prefix + key) || (key.equals("jwks_url") && value.shown().contains("@"));
    String shown = isHidden ? HIDDEN : value.shown();
    return new ConfigException(
        value.origin() + ": " + prefix + key + ": " + shown + " (expected: " + expected + ')');
  }

  /// A mistyped key of a section that holds secrets may well hold the secret.
  private static boolean isSecret(String key) {
    return (key.contains("secret") && !key.endsWith("_file"))
        || key.matches("(streaming|storage)\\.redis.*")
        || (key.startsWith("relays") && !key.matches("relays\\[\\d+]\\.(kind|tenant|topic)"))
        || (key.matches("auth\\.(issuers\\[\\d+]\\.)?keys.*")
            && !key.endsWith(".alg")
            && !key.endsWith(".kid"));
  }
}
