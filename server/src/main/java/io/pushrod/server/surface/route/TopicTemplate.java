package io.pushrod.server.surface.route;

import io.pushrod.codec.TopicName;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A topic's name with parameters in braces: `project/{project_id}/job/{job_id}`.
///
/// A parameter's value is one segment: with a slash in it, it could name what the row does not
/// mean.
public record TopicTemplate(String text) {
  private static final Pattern PARAMETER = Pattern.compile("\\{([a-zA-Z0-9_]+)}");

  /// @throws IllegalArgumentException for a brace without its other half
  public TopicTemplate {
    if (PARAMETER.matcher(text).replaceAll("x").matches(".*[{}].*")) {
      throw new IllegalArgumentException(
          "topic: " + text + " (expected: a name with {parameters})");
    }
  }

  /// The names of its parameters.
  Set<String> parameters() {
    return PARAMETER
        .matcher(text)
        .results()
        .map(each -> each.group(1))
        .collect(Collectors.toUnmodifiableSet());
  }

  /// The name, or null when a parameter is missing or cannot stand in a name.
  public @Nullable String expand(Function<String, @Nullable String> parameters) {
    StringBuilder name = new StringBuilder();
    int from = 0;
    for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
      int close = text.indexOf('}', open);
      String value = parameters.apply(text.substring(open + 1, close));
      if (value == null || value.indexOf('/') >= 0 || !TopicName.isValid(value)) {
        return null;
      }
      name.append(text, from, open).append(value);
      from = close + 1;
    }
    name.append(text, from, text.length());
    return TopicName.isValid(name) ? name.toString() : null;
  }
}
