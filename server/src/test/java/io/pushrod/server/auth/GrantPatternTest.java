package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.session.Grants;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GrantPatternTest {

  @ParameterizedTest
  @CsvSource({
    "run/{user}/*,      run/ann/*",
    "run/{user},        run/ann",
    "{tenant}/{user}/*, acme/ann/*",
    "{user},            ann",
    "{user}/*,          ann/*",
    "u-{user}:{user},   u-ann:ann",
    "thread/42,         thread/42",
    "*,                 *",
  })
  void putsInWhatTheTokenSays(String pattern, String expanded) {
    assertThat(new GrantPattern(pattern).expand("ann", "acme")).isEqualTo(expanded);
  }

  /// Else a user could name himself into the topics of others.
  @ParameterizedTest
  @ValueSource(strings = {"*", "a/b", "/", "", " ", "a b", "ä", "a*", "{tenant}", "$0", "\\", "\0"})
  void grantsNothingForAUserThatIsNoSegment(String user) {
    for (String pattern : List.of("run/{user}/*", "run/{user}", "{user}/*", "{user}")) {
      assertThat(new GrantPattern(pattern).expand(user, "acme")).isNull();
    }
    assertThat(new GrantPattern("run/{tenant}/*").expand(user, "acme")).isEqualTo("run/acme/*");
  }

  @Test
  void grantsNothingForATenantThatIsNoSegment() {
    assertThat(new GrantPattern("run/{tenant}/*").expand("ann", "a/b")).isNull();
    assertThat(new GrantPattern("run/{tenant}/*").expand("ann", "*")).isNull();
  }

  /// Topic names are compared, never resolved.
  @Test
  void dotsAreASegmentLikeAnyOther() {
    String pattern = new GrantPattern("run/{user}/*").expand("..", "acme");
    assertThat(pattern).isEqualTo("run/../*");
    Grants grants = Grants.of(List.of("run/../*"));
    assertThat(grants.allows("run/../x")).isTrue();
    assertThat(grants.allows("run/ann/x")).isFalse();
    assertThat(grants.allows("x")).isFalse();
  }

  @Test
  void grantsNothingThatIsTooLongForATopic() {
    assertThat(new GrantPattern("run/{user}/*").expand("a".repeat(251), "acme")).isNull();
    assertThat(new GrantPattern("run/{user}").expand("a".repeat(251), "acme")).isNotNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{usr}", "run/{role}/*", "run/{", "{}", "{USER}", "{{user}}", "run/{user"})
  void refusesUnknownPlaceholders(String pattern) {
    assertThatThrownBy(() -> new GrantPattern(pattern))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(expected: ");
    assertThatThrownBy(
            () ->
                TokenVerifier.of(
                    ServerConfig.with(
                        true, "auth.grants=[{role: a, topics: ['" + pattern + "']}]")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("auth.grants[0].topics: ");
  }
}
