package io.pushrod.server.schema;

import dev.harrel.jsonschema.MessageProvider;
import java.util.Collection;
import java.util.TreeSet;

/// What is said of a broken rule: words of the schema, never of the data.
final class Rules implements MessageProvider {
  @Override
  public String getMessage(String keyword, Object... arguments) {
    return switch (keyword) {
      case "required" -> "lacks " + names(arguments[0]);
      case "falseSchema" -> "is not allowed";
      default -> "breaks " + keyword;
    };
  }

  private static String names(Object missing) {
    return missing instanceof Collection<?> all
        ? String.join(", ", new TreeSet<>(all.stream().map(String::valueOf).toList()))
        : "a member";
  }
}
