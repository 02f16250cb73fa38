package io.pushrod.server.surface.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicTemplateTest {
  private static final TopicTemplate JOB = new TopicTemplate("project/{p}/ingest/{job}");

  @Test
  void namesATopicByItsParameters() {
    assertThat(JOB.expand(Map.of("p", "p1", "job", "j-1")::get)).isEqualTo("project/p1/ingest/j-1");
    assertThat(new TopicTemplate("stream/logs").expand(Map.<String, String>of()::get))
        .isEqualTo("stream/logs");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "", "ä", "a b", "a\nb", "{job}"})
  void namesNoneByAValueThatWouldNameAnother(String job) {
    assertThat(JOB.expand(Map.of("p", "p1", "job", job)::get)).isNull();
  }

  @Test
  void saysWhatItIsMadeOf() {
    assertThat(JOB.parameters()).containsExactlyInAnyOrder("p", "job");
  }

  @Test
  void namesNoneWithoutAParameterOrAtTooGreatALength() {
    assertThat(JOB.expand(Map.of("p", "p1")::get)).isNull();
    assertThat(JOB.expand(Map.of("p", "p1", "job", "j".repeat(250))::get)).isNull();
  }

  @ParameterizedTest
  @ValueSource(strings = {"thread/{", "thread/}", "thread/{}", "thread/{a b}", "{{a}}"})
  void refusesHalfABrace(String text) {
    assertThatThrownBy(() -> new TopicTemplate(text)).hasMessageContaining(text);
  }
}
