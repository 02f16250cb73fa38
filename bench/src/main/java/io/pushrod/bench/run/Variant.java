package io.pushrod.bench.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A way of starting the server under test.
///
/// @param name of it in tables; letters, digits and dashes
/// @param settings `key=value` for `--set`
/// @param jvmFlags besides those that the launcher gives
/// @param cores on which it runs, as taskset(1) lists them
/// @param compression what its readers over WebSocket ask for
/// @param root of the repository that it is built from; null for this one
public record Variant(
    String name,
    List<String> settings,
    List<String> jvmFlags,
    String cores,
    Compression compression,
    @Nullable Path root) {
  /// Whether readers over WebSocket take compressed events.
  public enum Compression {
    NONE,
    /// All get the same compressed bytes.
    ONCE,
    /// Each has a filter of its own, so that nothing is shared and every event is compressed for
    /// each reader, as by servers that compress per connection.
    EACH
  }

  private static final String ONE_CORE = "0";

  public Variant {
    if (!name.matches("[A-Za-z0-9_.-]{1,32}")) {
      throw new BenchException("variant: " + name + " (expected: 1 to 32 letters, digits, dashes)");
    }
  }

  /// The server as it comes.
  public static Variant plain(List<String> settings) {
    return new Variant(
        "pushrod", List.copyOf(settings), List.of(), ONE_CORE, Compression.NONE, null);
  }

  /// The same with other settings.
  public Variant with(List<String> others) {
    return new Variant(name, List.copyOf(others), jvmFlags, cores, compression, root);
  }

  /// @param text `name: --set key=value -J-XX:… --cores 0,1 --compress once --root DIR`, the first
  ///   two as often as wanted
  /// @param common settings of all variants
  public static Variant parse(String text, List<String> common) {
    int colon = text.indexOf(':');
    if (colon < 0) {
      throw new BenchException("variant: " + text + " (expected: name: --set key=value -Jflag …)");
    }
    List<String> settings = new ArrayList<>(common);
    List<String> flags = new ArrayList<>();
    String cores = ONE_CORE;
    Compression compression = Compression.NONE;
    Path root = null;
    List<String> words = List.of(text.substring(colon + 1).strip().split(" +"));
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      if (word.startsWith("-J")) {
        flags.add(word.substring(2));
      } else if (word.equals("--set") && i + 1 < words.size()) {
        i++;
        settings.add(words.get(i));
      } else if (word.equals("--cores") && i + 1 < words.size()) {
        i++;
        cores = words.get(i);
      } else if (word.equals("--compress") && i + 1 < words.size()) {
        i++;
        compression = Compression.valueOf(words.get(i).toUpperCase(Locale.ROOT));
      } else if (word.equals("--root") && i + 1 < words.size()) {
        i++;
        root = Path.of(words.get(i)).toAbsolutePath();
      } else if (!word.isEmpty()) {
        throw new BenchException(
            "variant: "
                + word
                + " (expected: --set key=value, -Jflag, --cores 0,1, --compress once|each or --root DIR)");
      }
    }
    return new Variant(text.substring(0, colon).strip(), settings, flags, cores, compression, root);
  }
}
