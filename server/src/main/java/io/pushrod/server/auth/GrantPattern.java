package io.pushrod.server.auth;

import io.pushrod.codec.TopicName;
import io.pushrod.server.session.Grants;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A pattern of topics in which `{user}` and `{tenant}` stand for those of a token: `run/{user}/*`.
///
/// **Thread:** any; immutable.
public record GrantPattern(String text) {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\{(user|tenant)}");

  /// @throws IllegalArgumentException for what is no pattern, or has an unknown placeholder
  public GrantPattern {
    if (!isPattern(text)) {
      throw new IllegalArgumentException(
          "topics: " + text + " (expected: a topic, prefix/* or *, perhaps with {user}, {tenant})");
    }
  }

  public static boolean isPattern(String text) {
    return Grants.isPattern(PLACEHOLDER.matcher(text).replaceAll("x"));
  }

  /// The pattern for one token, or null when that grants nothing: a value that is no single segment
  /// of a topic, such as `*` or `a/b`, would grant more than was meant.
  @Nullable String expand(String user, String tenant) {
    Matcher matcher = PLACEHOLDER.matcher(text);
    if (!matcher.find()) {
      return text;
    }
    StringBuilder expanded = new StringBuilder();
    do {
      String value = matcher.group(1).equals("user") ? user : tenant;
      if (!isSegment(value)) {
        return null;
      }
      matcher.appendReplacement(expanded, Matcher.quoteReplacement(value));
    } while (matcher.find());
    matcher.appendTail(expanded);
    String pattern = expanded.toString();
    return Grants.isPattern(pattern) ? pattern : null;
  }

  private static boolean isSegment(String value) {
    return value.indexOf('/') < 0 && TopicName.isValid(value);
  }
}
