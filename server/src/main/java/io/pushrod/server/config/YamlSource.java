package io.pushrod.server.config;

import io.pushrod.server.config.ConfigValue.Entries;
import io.pushrod.server.config.ConfigValue.Items;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/// Turns YAML text into [ConfigValue]s that know their line.
///
/// Anchors, aliases, tags and second documents are refused: nothing here needs them, and an alias
/// makes a small file huge. The node graph is read as text, so `port: 0x1F` is no number by
/// surprise.
final class YamlSource {
  static final int MAX_BYTES = 256 * 1024;

  private static final int MAX_DEPTH = 16;

  private final String source;
  private final boolean lines;

  private YamlSource(String source, boolean lines) {
    this.source = source;
    this.lines = lines;
  }

  /// @throws ConfigException when the file cannot be read or is no mapping
  static Entries file(Path file) {
    return parse(file, read(file));
  }

  /// @throws ConfigException when the file cannot be read
  static String read(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (NoSuchFileException e) {
      throw new ConfigException("config: " + file + " (expected: a file that exists)");
    } catch (IOException e) {
      throw new ConfigException(
          "config: " + file + " (expected: a readable file, but " + e.getMessage() + ")");
    }
    if (bytes.length > MAX_BYTES) {
      throw tooLong(file);
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ConfigException("config: " + file + " (expected: UTF-8 text)");
    }
  }

  static ConfigException tooLong(Path file) {
    return new ConfigException("config: " + file + " (expected: at most 256KiB)");
  }

  /// @param file where the text is from, or for
  static Entries parse(Path file, String text) {
    return new YamlSource(file.toString(), true).root(text);
  }

  /// One value of the command line that is YAML.
  static ConfigValue value(String option, String key, String text) {
    YamlSource yaml = new YamlSource(option + ": " + key, false);
    return yaml.convert(yaml.compose(text).orElseThrow(), key, 0);
  }

  private Entries root(String text) {
    Optional<Node> node = compose(text);
    if (node.isEmpty() || isNull(node.get())) {
      return new Entries(new Origin(source, 1));
    }
    if (convert(node.get(), "", 0) instanceof Entries entries) {
      return entries;
    }
    throw new ConfigException(
        source + ":1: the file holds no mapping (expected: lines such as http: {port: 8080})");
  }

  private Optional<Node> compose(String text) {
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(source)
            .setCodePointLimit(MAX_BYTES)
            .setMaxAliasesForCollections(Integer.MAX_VALUE)
            .setSchema(new CoreSchema())
            .setAllowDuplicateKeys(false)
            .build();
    try {
      return new Compose(settings).composeString(text);
    } catch (MarkedYamlEngineException e) {
      String hint =
          String.valueOf(e.getContext()).contains("alias")
              ? "; a value that starts with * needs quotes"
              : "";
      throw new ConfigException(
          e.getProblemMark().map(this::at).orElse(new Origin(source, 0))
              + ": "
              + oneLine(e.getProblem())
              + " (expected: valid YAML"
              + hint
              + ")");
    } catch (YamlEngineException e) {
      throw new ConfigException(
          source + ": " + oneLine(String.valueOf(e.getMessage())) + " (expected: valid YAML)");
    } catch (StackOverflowError e) {
      throw tooDeep(new Origin(source, 0));
    }
  }

  private ConfigValue convert(Node node, String path, int depth) {
    Origin origin = node.getStartMark().map(this::at).orElse(new Origin(source, 0));
    if (depth > MAX_DEPTH) {
      throw tooDeep(origin);
    }
    if (node.getAnchor().isPresent()) {
      throw new ConfigException(
          origin + ": " + path + ": &" + node.getAnchor().get() + " (expected: no anchors)");
    }
    return switch (node) {
      case ScalarNode scalar -> new Scalar(scalar.getValue(), isNull(scalar), origin);
      case SequenceNode sequence -> {
        List<ConfigValue> values = new ArrayList<>();
        for (Node child : sequence.getValue()) {
          values.add(convert(child, path + '[' + values.size() + ']', depth + 1));
        }
        yield new Items(values, origin);
      }
      case MappingNode mapping -> entries(mapping, path, depth, origin);
      default -> throw new ConfigException(origin + ": " + path + " (expected: a value)");
    };
  }

  private Entries entries(MappingNode mapping, String path, int depth, Origin origin) {
    Entries entries = new Entries(origin);
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw new ConfigException(origin + ": " + path + " (expected: names as keys)");
      }
      String child = path.isEmpty() ? key.getValue() : path + '.' + key.getValue();
      ConfigValue value = convert(tuple.getValueNode(), child, depth + 1);
      if (entries.values().put(key.getValue(), value) != null) {
        throw new ConfigException(
            key.getStartMark().map(this::at).orElse(origin) + ": " + child + " (expected: once)");
      }
    }
    return entries;
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private Origin at(Mark mark) {
    return new Origin(source, lines ? mark.getLine() + 1 : 0);
  }

  private static ConfigException tooDeep(Origin origin) {
    return new ConfigException(origin + ": nested too deeply (expected: at most 16 levels)");
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }
}
