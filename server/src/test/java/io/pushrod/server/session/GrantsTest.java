package io.pushrod.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantsTest {
  @ParameterizedTest
  @CsvSource({
    "thread/42, thread/42, true",
    "thread/42, thread/421, false",
    "thread/42, thread/4, false",
    "thread/42, thread/42/x, false",
    "thread/*, thread/42, true",
    "thread/*, thread/42/x, true",
    "thread/*, thread/, false",
    "thread/*, thread, false",
    "thread/*, threads/42, false",
    "a/b/*, a/b/c, true",
    "a/b/*, a/c, false",
    "*, anything/at:all, true",
    "job, job, true",
    "job, Job, false"
  })
  void allowsWhatThePatternCovers(String pattern, String topic, boolean allowed) {
    assertThat(Grants.of(List.of(pattern)).allows(topic)).isEqualTo(allowed);
  }

  @ParameterizedTest
  @CsvSource({
    "agent/echo, agent/echo, true",
    "agent/*, agent/echo, true",
    "agent/*, agent/*, true",
    "agent/*, agent/a/*, true",
    "agent/a/*, agent/*, false",
    "agent/echo, agent/*, false",
    "agent/*, agents/*, false",
    "agent/*, *, false",
    "*, *, true",
    "*, agent/*, true"
  })
  void coversPatternsThatStandForNoMore(String granted, String pattern, boolean covered) {
    assertThat(Grants.of(List.of(granted)).covers(pattern)).isEqualTo(covered);
    assertThat(Grants.NONE.covers(pattern)).isFalse();
  }

  @Test
  void anyPatternIsEnough() {
    Grants grants = Grants.of(List.of("run/1", "thread/*", "canvas/*"));
    assertThat(grants.allows("run/1")).isTrue();
    assertThat(grants.allows("canvas/x")).isTrue();
    assertThat(grants.allows("run/2")).isFalse();
    assertThat(grants).hasToString("[canvas/*, run/1, thread/*]");
  }

  @Test
  void noneAllowsNothing() {
    assertThat(Grants.of(List.of())).isSameAs(Grants.NONE);
    assertThat(Grants.NONE.allows("a")).isFalse();
    assertThat(Grants.NONE.isNone()).isTrue();
    assertThat(Grants.ALL.isNone()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "thread/**", "th*", "*/42", "/*/*", "a b", "thread/4?", "**"})
  void refusesWhatIsNoPattern(String pattern) {
    assertThat(Grants.isPattern(pattern)).isFalse();
    assertThatThrownBy(() -> Grants.of(List.of(pattern)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
