package io.pushrod.server.surface.route;

import io.pushrod.codec.RequestException;
import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.session.EventFilter;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A row of the route table, ready for use.
///
/// **Thread:** any; immutable. Equal only to itself: readers of one row share what is rendered.
public final class Row {
  /// One topic of a row.
  ///
  /// @param name what the dialect calls it
  /// @param roles any of which lets its bearer read; empty: the grants of the token decide
  public record Topic(String name, TopicTemplate template, Set<String> roles) {}

  private final SurfaceConfig config;
  private final List<Topic> topics;
  private final @Nullable TopicTemplate snapshot;
  private final EventFilter filter;
  private final Set<String> parameters;

  private Row(
      SurfaceConfig config,
      List<Topic> topics,
      @Nullable TopicTemplate snapshot,
      EventFilter filter) {
    this.config = config;
    this.topics = topics;
    this.snapshot = snapshot;
    this.filter = filter;
    this.parameters =
        Stream.concat(topics.stream().map(Topic::template), Stream.ofNullable(snapshot))
            .flatMap(template -> template.parameters().stream())
            .collect(Collectors.toUnmodifiableSet());
  }

  /// @throws IllegalArgumentException for a template or filter that is none
  public static Row of(SurfaceConfig config) {
    try {
      return new Row(
          config,
          config.topics().stream()
              .map(
                  topic ->
                      new Topic(
                          topic.name(),
                          new TopicTemplate(topic.template()),
                          Set.copyOf(topic.roles())))
              .toList(),
          config.snapshot() == null ? null : new TopicTemplate(config.snapshot()),
          EventFilter.parse(config.filter()));
    } catch (RequestException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  public SurfaceConfig config() {
    return config;
  }

  public String name() {
    return config.name();
  }

  public List<Topic> topics() {
    return topics;
  }

  /// The topic that the dialect calls so; null for none.
  public @Nullable Topic topic(String name) {
    for (Topic topic : topics) {
      if (topic.name().equals(name)) {
        return topic;
      }
    }
    return null;
  }

  /// Whose latest event comes first; null for none.
  public @Nullable TopicTemplate snapshot() {
    return snapshot;
  }

  /// The parameters that its topics are made of.
  Set<String> parameters() {
    return parameters;
  }

  public EventFilter filter() {
    return filter;
  }

  /// An option of the dialect, or what holds where the row says nothing.
  public String option(String key, String byDefault) {
    return config.option(key, byDefault);
  }

  @Override
  public String toString() {
    return config.toString();
  }
}
