package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginPolicyTest {
  @ParameterizedTest
  @CsvSource({
    "http://push.test,       push.test,      true",
    "https://push.test,      push.test,      true",
    "https://push.test:443,  push.test,      true",
    "https://push.test,      push.test:443,  true",
    "HTTP://Push.Test,       push.test:80,   true",
    "http://push.test:8080,  push.test:8080, true",
    "http://[::1]:8080,      [::1]:8080,     true",
    "http://push.test:8080,  push.test,      false",
    "http://push.test,       push.test:8080, false",
    "http://push.test:443,   push.test,      false",
    "http://evil.push.test,  push.test,      false",
    "http://push.test.evil,  push.test,      false",
    "null,                   push.test,      false",
    "push.test,              push.test,      false",
  })
  void takesAPageOfOurOwnHostAndPortForTheSame(String origin, String host, boolean same) {
    assertThat(OriginPolicy.of(List.of("same")).allows(origin, host)).isEqualTo(same);
  }

  @Test
  void allowsExactlyTheOriginsListed() {
    OriginPolicy policy = OriginPolicy.of(List.of("https://App.example.com:8443"));
    assertThat(policy.allows("https://app.example.com:8443", "push.test")).isTrue();
    assertThat(policy.allows("https://app.example.com", "push.test")).isFalse();
    assertThat(policy.allows("http://push.test", "push.test")).isFalse();
    assertThat(policy.allows(null, null)).isTrue();
    assertThat(OriginPolicy.of(List.of("*")).allows("null", "push.test")).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"app.example.com", "https://", "https://a/", "https://a/path", "", "null"})
  void refusesEntriesThatAreNoOrigin(String entry) {
    assertThatThrownBy(() -> OriginPolicy.of(List.of(entry)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("expected: same, * or scheme://host[:port]");
  }
}
