package io.pushrod.server.config;

import io.pushrod.server.config.ConfigValue.Entries;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// A config file as it is written, for those who add to it.
///
/// **Thread:** any; immutable.
public final class ConfigText {
  private final Path file;
  private final String text;

  private ConfigText(Path file, String text) {
    this.file = file;
    this.text = text;
  }

  /// @param file what messages name; what the text names is found beside it
  public static ConfigText of(Path file, String text) {
    return new ConfigText(file, text);
  }

  /// @throws ConfigException when the file cannot be read
  public static ConfigText read(Path file) {
    return new ConfigText(file, YamlSource.read(file));
  }

  /// Whether it says anything about a section, be it nothing.
  ///
  /// @throws ConfigException when it is no mapping
  public boolean has(String section) {
    return root().values().containsKey(section);
  }

  /// What has to follow this text for `section` to stand at its end, after an empty line, with the
  /// ends of lines that are used here.
  ///
  /// @param section lines, each with its `\n`
  public String addition(String section) {
    String end = text.contains("\r\n") ? "\r\n" : "\n";
    boolean isOpen = !text.isEmpty() && !text.endsWith("\n");
    return (isOpen ? end : "") + (text.isEmpty() ? "" : end) + section.replace("\n", end);
  }

  public ConfigText plus(String addition) {
    return new ConfigText(file, text + addition);
  }

  /// What a server with this text would run with.
  ///
  /// @param assignments on top, as for [ServerConfig#load]
  /// @throws ConfigException for whatever is wrong
  public ServerConfig load(List<Assignment> assignments) {
    return ServerConfig.read(ServerConfig.overlaid(root(), assignments), false);
  }

  private Entries root() {
    if (text.getBytes(StandardCharsets.UTF_8).length > YamlSource.MAX_BYTES) {
      throw YamlSource.tooLong(file);
    }
    return YamlSource.parse(file, text);
  }
}
