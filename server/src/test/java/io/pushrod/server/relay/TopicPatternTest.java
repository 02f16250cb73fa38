package io.pushrod.server.relay;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TopicPatternTest {
  @Test
  void findsTheIdBetweenItsEnds() {
    TopicPattern topics = TopicPattern.of("a/{id}/b");
    assertThat(topics.id("a/7/b")).isEqualTo("7");
    assertThat(topics.id("a/:.-_@/b")).isEqualTo(":.-_@");
  }

  @Test
  void anotherTopicHasNone() {
    TopicPattern topics = TopicPattern.of("run/{run_id}");
    assertThat(topics.id("run/")).isNull();
    assertThat(topics.id("run")).isNull();
    assertThat(topics.id("run/a/b")).isNull();
    assertThat(topics.id("x/run/a")).isNull();
    assertThat(TopicPattern.of("a{id}a").id("a")).isNull();
  }
}
