package io.pushrod.server.config;

import io.pushrod.server.config.ConfigValue.Entries;
import io.pushrod.server.config.ConfigValue.Items;
import io.pushrod.server.config.ConfigValue.Scalar;
import java.util.ArrayList;
import java.util.List;

/// A YAML file as [YamlSource] reads it, in a form that needs no YAML to be read: one line for each
/// value, children behind their parent.
///
///     { LINE NAME COUNT      a mapping of as many
///     [ LINE NAME COUNT      a list of as many
///     = LINE NAME TEXT       a scalar
///     - LINE NAME TEXT       one that means nothing was written
///
/// Fields are parted by tabs; in names and texts `\\`, `\t` and `\n` stand for what would break a line.
/// LINE is that of the YAML file, for messages.
///
/// **Thread:** one.
final class ParsedTable {
  private static final int FIELDS = 4;

  private final String source;
  private final String[] lines;
  private int next;

  private ParsedTable(String source, String text) {
    this.source = source;
    this.lines = text.split("\n");
  }

  /// @param source the YAML file that it is of
  /// @param text what [#write] made of it
  static Entries read(String source, String text) {
    ParsedTable table = new ParsedTable(source, text);
    return (Entries) table.value(table.fields());
  }

  private String[] fields() {
    String[] fields = lines[next].split("\t", FIELDS);
    if (fields.length < FIELDS) {
      throw new IllegalStateException(
          source + ", parsed, line " + (next + 1) + ": " + lines[next] + " (expected: 4 fields)");
    }
    next++;
    return fields;
  }

  private void child(Entries parent) {
    String[] fields = fields();
    parent.values().put(unescaped(fields[2]), value(fields));
  }

  private ConfigValue value(String[] fields) {
    Origin origin = new Origin(source, Integer.parseInt(fields[1]));
    return switch (fields[0]) {
      case "{" -> {
        Entries entries = new Entries(origin);
        for (int left = Integer.parseInt(fields[3]); left > 0; left--) {
          child(entries);
        }
        yield entries;
      }
      case "[" -> {
        List<ConfigValue> values = new ArrayList<>();
        for (int left = Integer.parseInt(fields[3]); left > 0; left--) {
          values.add(value(fields()));
        }
        yield new Items(values, origin);
      }
      default -> new Scalar(unescaped(fields[3]), fields[0].equals("-"), origin);
    };
  }

  /// What [#read] reads.
  static String write(Entries root) {
    StringBuilder out = new StringBuilder();
    write("", root, out);
    return out.toString();
  }

  private static void write(String name, ConfigValue value, StringBuilder out) {
    switch (value) {
      case Entries entries -> {
        line(out, '{', entries.origin(), name, "" + entries.values().size());
        entries.values().forEach((child, each) -> write(child, each, out));
      }
      case Items items -> {
        line(out, '[', items.origin(), name, "" + items.values().size());
        items.values().forEach(each -> write("", each, out));
      }
      case Scalar scalar ->
          line(out, scalar.isNull() ? '-' : '=', scalar.origin(), name, scalar.text());
    }
  }

  private static void line(StringBuilder out, char kind, Origin origin, String name, String text) {
    out.append(kind).append('\t').append(origin.line()).append('\t');
    out.append(escaped(name)).append('\t').append(escaped(text)).append('\n');
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n");
  }

  private static String unescaped(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\\') {
        i++;
        c = text.charAt(i) == 't' ? '\t' : text.charAt(i) == 'n' ? '\n' : '\\';
      }
      out.append(c);
    }
    return out.toString();
  }
}
