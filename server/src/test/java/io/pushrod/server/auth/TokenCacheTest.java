package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenCacheTest {
  private static Accepted until(long expiresAtMillis) {
    return new Accepted(
        new Identity(
            "t",
            "u",
            Set.of(),
            Grants.NONE,
            Grants.NONE,
            Grants.NONE,
            Set.of("t"),
            0,
            expiresAtMillis,
            ""));
  }

  @Test
  void forgetsTheOneUsedLongestAgo() {
    TokenCache cache = new TokenCache(2);
    cache.add(TokenCache.Key.of("a"), until(10), 0);
    cache.add(TokenCache.Key.of("b"), until(10), 0);
    assertThat(cache.find(TokenCache.Key.of("a"), 0)).isNotNull();
    cache.add(TokenCache.Key.of("c"), until(10), 0);
    assertThat(cache.find(TokenCache.Key.of("b"), 0)).isNull();
    assertThat(cache.find(TokenCache.Key.of("a"), 0)).isNotNull();
    assertThat(cache.find(TokenCache.Key.of("c"), 0)).isNotNull();
    assertThat(cache.size()).isEqualTo(2);
  }

  @Test
  void forgetsWhatHasExpired() {
    TokenCache cache = new TokenCache(2);
    cache.add(TokenCache.Key.of("a"), until(10), 0);
    assertThat(cache.find(TokenCache.Key.of("a"), 9)).isNotNull();
    assertThat(cache.find(TokenCache.Key.of("a"), 10)).isNull();
    assertThat(cache.size()).isZero();
  }

  @Test
  void holdsNothingWhenSwitchedOff() {
    TokenCache cache = new TokenCache(0);
    cache.add(TokenCache.Key.of("a"), until(10), 0);
    assertThat(cache.size()).isZero();
  }
}
