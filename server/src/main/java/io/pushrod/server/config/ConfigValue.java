package io.pushrod.server.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// One value as it was written, not yet understood, with its place.
sealed interface ConfigValue {

  Origin origin();

  /// The value in one short line, for messages.
  String shown();

  /// @param isNull whether nothing was written, so that the default holds
  record Scalar(String text, boolean isNull, Origin origin) implements ConfigValue {
    @Override
    public String shown() {
      String line = text.replaceAll("\\p{Cntrl}+", " ");
      return line.length() > 80 ? line.substring(0, 80) + "…" : line;
    }
  }

  record Items(List<ConfigValue> values, Origin origin) implements ConfigValue {
    @Override
    public String shown() {
      return values.isEmpty() ? "[]" : "[…]";
    }
  }

  /// Mutable only while sources are laid over each other.
  record Entries(Map<String, ConfigValue> values, Origin origin) implements ConfigValue {
    Entries(Origin origin) {
      this(new LinkedHashMap<>(), origin);
    }

    @Override
    public String shown() {
      return values.isEmpty() ? "{}" : "{…}";
    }

    /// Sets the value at a dotted path, with whatever mappings lead there.
    void put(String path, ConfigValue value) {
      Entries at = this;
      int from = 0;
      for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', from)) {
        String name = path.substring(from, dot);
        if (!(at.values.get(name) instanceof Entries)) {
          at.values.put(name, new Entries(value.origin()));
        }
        at = (Entries) Objects.requireNonNull(at.values.get(name));
        from = dot + 1;
      }
      at.values.put(path.substring(from), value);
    }

    /// Every leaf with its dotted path; an empty mapping is a leaf.
    Map<String, ConfigValue> leaves() {
      Map<String, ConfigValue> leaves = new LinkedHashMap<>();
      values.forEach((name, value) -> collect(name, value, leaves));
      return leaves;
    }

    private static void collect(String path, ConfigValue value, Map<String, ConfigValue> leaves) {
      if (value instanceof Entries entries && !entries.values.isEmpty()) {
        entries.values.forEach((name, child) -> collect(path + '.' + name, child, leaves));
      } else {
        leaves.put(path, value);
      }
    }
  }
}
