package io.pushrod.server.schema;

import dev.harrel.jsonschema.InvalidSchemaException;
import dev.harrel.jsonschema.JsonNode;
import dev.harrel.jsonschema.SchemaResolver;
import dev.harrel.jsonschema.Validator;
import dev.harrel.jsonschema.ValidatorFactory;
import io.pushrod.server.config.ConfigException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Reads the schemas of a folder: `<type>.json` each.
///
/// A `$ref` leads into the same file, to a file beside it or to a dialect of JSON Schema itself.
/// Whatever else it names is looked for nowhere, and is an error at the start.
///
/// **Thread:** one; what it has read may be used by any.
final class SchemaFolder {
  private static final String REF = "$ref";
  private static final String SUFFIX = ".json";
  private static final URI BASE = URI.create("pushrod:/schemas/");

  /// Keywords that hold data, in which nothing is a reference.
  private static final Set<String> VALUES = Set.of("const", "enum", "default", "examples");

  private static final int MAX_FILES = 1_000;
  private static final long MAX_FILE_BYTES = 1 << 20;

  private final Path folder;
  private final DataNodes nodes = new DataNodes();
  private final Validator validator =
      new ValidatorFactory()
          .withJsonNodeFactory(nodes)
          .withEvaluatorFactory(new BoundedPatterns())
          .withMessageProvider(new Rules())
          .withSchemaResolver(_ -> SchemaResolver.Result.empty())
          .createValidator();

  /// By type.
  private final Map<String, URI> schemas = new LinkedHashMap<>();

  private final Map<Path, JsonNode> read = new LinkedHashMap<>();

  /// @throws ConfigException for the first file with something wrong in it
  SchemaFolder(Path folder) {
    this.folder = folder;
    List<Path> files = files();
    files.forEach(this::register);
    read.forEach(this::checkReferences);
  }

  Validator validator() {
    return validator;
  }

  Map<String, URI> schemas() {
    return schemas;
  }

  private List<Path> files() {
    try (Stream<Path> all = Files.list(folder)) {
      List<Path> files =
          all.filter(file -> file.getFileName().toString().endsWith(SUFFIX))
              .limit(MAX_FILES + 1)
              .sorted()
              .toList();
      if (files.isEmpty() || files.size() > MAX_FILES) {
        throw new ConfigException(
            "events.schemas: " + folder + " (expected: 1-" + MAX_FILES + " files <type>.json)");
      }
      return files;
    } catch (IOException | UncheckedIOException e) {
      throw new ConfigException("events.schemas: " + folder + " (expected: a readable folder)");
    }
  }

  private void register(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw bad(file, "has more than " + MAX_FILE_BYTES + " bytes");
      }
      JsonNode root = nodes.create(Files.readString(file));
      schemas.put(typeOf(file), validator.registerSchema(baseOf(file), root));
      read.put(file, root);
    } catch (InvalidSchemaException e) {
      throw bad(
          file,
          e.getErrors().stream()
              .findFirst()
              .map(first -> first.getInstanceLocation() + " " + first.getError())
              .orElse("no schema"));
    } catch (IOException | UncheckedIOException e) {
      throw bad(file, "no JSON in UTF-8: " + firstLine(e));
    } catch (StackOverflowError e) {
      throw bad(file, "too deep");
    } catch (RuntimeException e) {
      throw e instanceof ConfigException ? e : bad(file, firstLine(e));
    }
  }

  private void checkReferences(Path file, JsonNode root) {
    try {
      checkReferences(file, root, baseOf(file));
    } catch (IllegalArgumentException e) {
      throw bad(file, firstLine(e));
    }
  }

  /// Follows every reference once, so that none is found to lead nowhere when an event comes.
  private void checkReferences(Path file, JsonNode node, URI base) {
    if (node.isArray()) {
      node.asArray().forEach(element -> checkReferences(file, element, base));
    } else if (node.isObject()) {
      Map<String, JsonNode> members = node.asObject();
      JsonNode id = members.get("$id");
      URI own = id != null && id.isString() ? base.resolve(id.asString()) : base;
      members.forEach(
          (name, value) -> {
            if ((name.equals(REF) || name.equals("$dynamicRef")) && value.isString()) {
              follow(file, own.resolve(value.asString()));
            } else if (!VALUES.contains(name)) {
              checkReferences(file, value, own);
            }
          });
    }
  }

  private void follow(Path file, URI reference) {
    try {
      URI probe =
          validator.registerSchema(
              nodes.create(
                  "{\"" + REF + "\":\"" + reference.toString().replace("\"", "%22") + "\"}"));
      boolean lost =
          validator.validate(probe, nodes.create("null")).getErrors().stream()
              .anyMatch(error -> REF.equals(error.getKeyword()));
      if (lost) {
        throw bad(file, "$ref " + reference + " leads nowhere; nothing is fetched");
      }
    } catch (StackOverflowError e) {
      throw bad(file, "$ref " + reference + " leads to itself");
    }
  }

  private static URI baseOf(Path file) {
    try {
      return BASE.resolve(new URI(null, null, "/schemas/" + file.getFileName(), null));
    } catch (URISyntaxException e) {
      throw bad(file, "a name that no URI can have");
    }
  }

  private static String typeOf(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - SUFFIX.length());
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static ConfigException bad(Path file, String what) {
    return new ConfigException(file + ": " + what + " (expected: a JSON Schema)");
  }
}
