package io.pushrod.server.config;

import io.pushrod.server.config.AuthConfig.Carriers;
import io.pushrod.server.config.ConfigValue.Entries;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The route table: the resource `surfaces.yaml` with `surfaces` of the operator on top.
///
/// A row that the operator names is changed key by key, a new name is a new row, and `null` takes a
/// row out.
public record SurfacesConfig(List<SurfaceConfig> rows) {
  static final String RESOURCE = "surfaces.yaml";

  /// The same table as a [ParsedTable].
  static final String PARSED = "surfaces.parsed";

  /// @param carriers what holds where a row says nothing
  /// @param dev whether `dev_tenant` counts
  static SurfacesConfig read(Settings settings, Carriers carriers, boolean dev) {
    Entries table = shipped();
    settings.entries("surfaces").forEach((name, row) -> lay(table, name, row));
    return new SurfacesConfig(
        Settings.children("surfaces", table).entrySet().stream()
            .map(row -> SurfaceConfig.read(row.getKey(), row.getValue(), carriers, dev))
            .toList());
  }

  private static void lay(Entries table, String name, ConfigValue row) {
    ConfigValue known = table.values().get(name);
    if (row instanceof Scalar scalar && scalar.isNull()) {
      table.values().remove(name);
    } else if (row instanceof Entries changes && known instanceof Entries entries) {
      for (Map.Entry<String, ConfigValue> change : changes.values().entrySet()) {
        lay(entries, change.getKey(), change.getValue());
      }
    } else {
      table.values().put(name, row);
    }
  }

  /// As it is parsed: no start should need YAML for what never changes.
  private static Entries shipped() {
    try (InputStream in = SurfacesConfig.class.getResourceAsStream(PARSED)) {
      String text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      return ParsedTable.read(RESOURCE, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
