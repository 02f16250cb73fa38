package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.config.ConfigValue.Entries;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ParsedTableTest {
  private static final Path RESOURCES =
      Path.of(System.getProperty("pushrod.root", ".."))
          .resolve("server/src/main/resources/io/pushrod/server/config");

  private static Entries yaml(String text) {
    return YamlSource.parse(Path.of(SurfacesConfig.RESOURCE), text);
  }

  /// Renders `surfaces.parsed` from `surfaces.yaml`, and fails when the file is another.
  @Test
  void theShippedTableIsWhatItsYamlSays() throws IOException {
    Entries table = yaml(Files.readString(RESOURCES.resolve(SurfacesConfig.RESOURCE)));
    Path file = RESOURCES.resolve(SurfacesConfig.PARSED);
    if (Boolean.getBoolean("pushrod.docs.write")) {
      Files.writeString(file, ParsedTable.write(table));
    }
    String parsed = Files.exists(file) ? Files.readString(file) : "";
    assertThat(parsed)
        .as("surfaces.parsed is stale; run again with -Dpushrod.docs.write=true")
        .isEqualTo(ParsedTable.write(table));
    assertThat(ParsedTable.read(SurfacesConfig.RESOURCE, parsed)).isEqualTo(table);
  }

  @Test
  void keepsWhateverAValueHolds() {
    Entries table =
        yaml(
            """
            a: {b: [1, [two, "thr\\tee"], {c: null}], "d\\te": ~, f: "", g: {}, h: []}
            i: |
              lines
              and \\ more
            """);
    assertThat(ParsedTable.read(SurfacesConfig.RESOURCE, ParsedTable.write(table)))
        .isEqualTo(table);
  }

  @Test
  void refusesALineThatIsCutOff() {
    assertThatThrownBy(() -> ParsedTable.read("surfaces.yaml", "=\t1\tname"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("surfaces.yaml, parsed, line 1: =\t1\tname (expected: 4 fields)");
  }

  @Test
  void aStartWithoutAFileNeedsNoYaml() throws ReflectiveOperationException {
    Class<?> config = new WithoutYaml().loadClass(ServerConfig.class.getName());
    Class<?> assignment = config.getClassLoader().loadClass(Assignment.class.getName());
    Object one = assignment.getMethod("parse", String.class).invoke(null, "http.port=0");
    Object loaded =
        config
            .getMethod("load", Path.class, List.class, boolean.class)
            .invoke(null, null, List.of(one), true);
    assertThat(config.getMethod("surfaces").invoke(loaded).toString()).contains("northstar-chat");
  }

  /// Defines the server's classes anew, and knows no YAML.
  private static final class WithoutYaml extends ClassLoader {
    WithoutYaml() {
      super(ParsedTableTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.snakeyaml.")) {
        throw new ClassNotFoundException(name);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> loaded = findLoadedClass(name);
        return loaded != null
            ? loaded
            : name.startsWith("io.pushrod.") ? defined(name) : super.loadClass(name, resolve);
      }
    }

    private Class<?> defined(String name) throws ClassNotFoundException {
      try (@Nullable InputStream in = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = Objects.requireNonNull(in).readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }
  }
}
