package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.ShardMetrics;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemorySessionsTest {
  private static final long LIFE = 1_000;

  private final ShardMetrics metrics = new ShardMetrics();
  private final MemorySessions sessions = new MemorySessions(3, LIFE);

  private Moment at(long millis) {
    return new Moment(millis, metrics);
  }

  private UserSession user(String name, long millis) {
    return sessions.user("acme", name, UserType.REGISTERED, List.of(), "f", at(millis));
  }

  @Test
  void livesOnWhileItIsAskedFor() {
    String id = sessions.anonymous("acme", "f", at(0)).id();

    assertThat(sessions.find(id, at(LIFE - 1))).isNotNull();
    assertThat(sessions.find(id, at(2 * LIFE - 2))).isNotNull();
    assertThat(sessions.find(id, at(3 * LIFE - 2))).isNull();
    assertThat(sessions.anonymous("acme", "f", at(3 * LIFE)).id()).isNotEqualTo(id);
  }

  @Test
  void keepsTenantsAndKindsApart() {
    UserSession anonymous = sessions.anonymous("acme", "ann", at(0));

    assertThat(sessions.anonymous("other", "ann", at(0)).id()).isNotEqualTo(anonymous.id());
    assertThat(user("ann", 0).id()).isNotEqualTo(anonymous.id());
    assertThat(user("ann", 0).owner()).isNotEqualTo(anonymous.owner());
  }

  @Test
  void takesTheLatestTypeAndRoles() {
    UserSession before = user("ann", 0);

    UserSession now = sessions.user("acme", "ann", UserType.PAID, List.of("paid"), "g", at(1));

    assertThat(now.id()).isEqualTo(before.id());
    assertThat(now.type()).isEqualTo(UserType.PAID);
    assertThat(now.roles()).containsExactly("paid");
    assertThat(now.rate()).isSameAs(before.rate());
  }

  @Test
  void givesUpAnonymousSessionsBeforeThoseOfUsers() {
    UserSession ann = user("ann", 0);
    UserSession first = sessions.anonymous("acme", "1", at(1));
    UserSession second = sessions.anonymous("acme", "2", at(2));
    assertThat(sessions.find(first.id(), at(3))).isNotNull();

    user("bob", 4);

    assertThat(sessions.find(second.id(), at(5))).isNull();
    assertThat(sessions.find(first.id(), at(5))).isNotNull();
    user("cid", 6);
    user("dan", 7);
    assertThat(sessions.find(ann.id(), at(8))).isNull();
    assertThat(sessions.size()).isEqualTo(3);
  }
}
