package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ConfigValue.Scalar;
import java.lang.reflect.RecordComponent;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// `config/pushrod.yaml` is what operators read; it holds every key with the default that holds.
class ConfigFileTest {
  private static final Path FILE =
      Path.of(System.getProperty("pushrod.root", "..")).resolve("config/pushrod.yaml");

  private static Map<String, @Nullable String> declared() {
    Settings settings = ServerConfig.settings(null, List.of());
    ServerConfig.read(settings, false);
    return settings.declared();
  }

  private static Map<String, @Nullable String> written() {
    Map<String, @Nullable String> written = new LinkedHashMap<>();
    YamlSource.file(FILE).leaves().forEach((key, value) -> written.put(key, text(value)));
    return written;
  }

  private static @Nullable String text(ConfigValue value) {
    return switch (value) {
      case Scalar scalar -> scalar.isNull() ? null : scalar.text();
      case ConfigValue.Items items ->
          items.values().stream().map(ConfigFileTest::text).toList().toString();
      case ConfigValue.Entries entries -> entries.shown();
    };
  }

  @Test
  void holdsEveryKeyWithItsDefault() {
    assertThat(written()).isEqualTo(declared());
  }

  @Test
  void listsKeysInTheOrderOfTheRecord() {
    assertThat(written().keySet()).containsExactlyElementsOf(declared().keySet());
  }

  @Test
  void aServerWithItBehavesAsWithNone() {
    assertThat(ServerConfig.load(FILE, List.of(), false)).isEqualTo(ServerConfig.defaults(false));
    assertThat(ServerConfig.load(FILE, List.of(), true)).isEqualTo(ServerConfig.defaults(true));
  }

  /// A setting that is read into the neighbour's component would pass every other test.
  @Test
  void everyNumberLandsInTheComponentOfItsName() throws ReflectiveOperationException {
    Map<String, Object> defaults = numbers(ServerConfig.defaults(false), "");
    for (String key : declared().keySet()) {
      String component = component(key, defaults);
      if (component == null) {
        continue;
      }
      Object before = defaults.get(component);
      Map<String, Object> changed = numbers(ServerConfig.with(false, key + '=' + other(key)), "");
      assertThat(changed.get(component)).as(key).isNotEqualTo(before);
      changed.put(component, before);
      assertThat(changed).as(key + " changes nothing else").isEqualTo(defaults);
    }
    assertThat(declared().keySet().stream().filter(k -> component(k, defaults) != null))
        .hasSameSizeAs(defaults.keySet());
  }

  /// Another value within the bounds: half the default, or one more where there is no half.
  private static String other(String key) {
    String byDefault = String.valueOf(declared().get(key));
    String unit = byDefault.replaceAll("[0-9]", "");
    long number = Long.parseLong(byDefault.replaceAll("[^0-9]", ""));
    return (number > 1 ? number / 2 : number + 1) + unit;
  }

  private static @Nullable String component(String key, Map<String, Object> numbers) {
    StringBuilder name = new StringBuilder();
    for (String word : key.split("_", -1)) {
      name.append(
          name.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
    }
    for (String unit : List.of("", "Bytes", "Nanos", "Millis", "Seconds")) {
      if (numbers.containsKey(name + unit)) {
        return name + unit;
      }
    }
    return null;
  }

  private static Map<String, Object> numbers(Record record, String path)
      throws ReflectiveOperationException {
    Map<String, Object> numbers = new LinkedHashMap<>();
    for (RecordComponent component : record.getClass().getRecordComponents()) {
      Object value = component.getAccessor().invoke(record);
      if (value instanceof Record child) {
        numbers.putAll(numbers(child, path + component.getName() + '.'));
      } else if (value instanceof Number) {
        numbers.put(path + component.getName(), value);
      }
    }
    return numbers;
  }
}
