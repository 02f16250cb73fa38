package io.pushrod.server.session;

import io.pushrod.codec.TopicName;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// The topics that an identity may read, or write: exact names, `prefix/*` for everything below a
/// path, and `*` for every topic of the tenant.
///
/// **Thread:** any; immutable.
public final class Grants {
  public static final Grants NONE = new Grants(List.of());
  public static final Grants ALL = new Grants(List.of("*"));

  private final Set<String> exact;

  /// With the slash: `thread/` for `thread/*`.
  private final String[] prefixes;

  private final boolean all;

  private Grants(Collection<String> patterns) {
    exact = patterns.stream().filter(p -> !p.endsWith("*")).collect(Collectors.toUnmodifiableSet());
    prefixes =
        patterns.stream()
            .filter(p -> p.endsWith("/*"))
            .map(p -> p.substring(0, p.length() - 1))
            .distinct()
            .sorted()
            .toArray(String[]::new);
    all = patterns.contains("*");
  }

  /// @throws IllegalArgumentException unless every pattern [is one][#isPattern]
  public static Grants of(Collection<String> patterns) {
    for (String pattern : patterns) {
      if (!isPattern(pattern)) {
        throw new IllegalArgumentException(
            "topics: " + pattern + " (expected: a topic, prefix/* or *)");
      }
    }
    return patterns.isEmpty() ? NONE : new Grants(patterns);
  }

  public static boolean isPattern(String text) {
    return text.equals("*")
        || TopicName.isValid(text.endsWith("/*") ? text.substring(0, text.length() - 1) : text);
  }

  /// Whether the topic is granted. Takes no memory; time grows with the number of prefixes only.
  public boolean allows(String topic) {
    if (all || exact.contains(topic)) {
      return true;
    }
    for (String prefix : prefixes) {
      if (topic.length() > prefix.length() && topic.startsWith(prefix)) {
        return true;
      }
    }
    return false;
  }

  /// Whether every topic that a [pattern][#isPattern] stands for is granted.
  public boolean covers(String pattern) {
    if (!pattern.endsWith("*")) {
      return allows(pattern);
    }
    String prefix = pattern.substring(0, pattern.length() - 1);
    for (String granted : prefixes) {
      if (prefix.startsWith(granted)) {
        return true;
      }
    }
    return all;
  }

  public boolean isNone() {
    return !all && exact.isEmpty() && prefixes.length == 0;
  }

  @Override
  public String toString() {
    return patterns().toString();
  }

  /// The patterns, sorted.
  public Set<String> patterns() {
    Set<String> patterns = new TreeSet<>(exact);
    for (String prefix : prefixes) {
      patterns.add(prefix + '*');
    }
    if (all) {
      patterns.add("*");
    }
    return patterns;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Grants grants && grants.toString().equals(toString());
  }

  @Override
  public int hashCode() {
    return toString().hashCode();
  }
}
