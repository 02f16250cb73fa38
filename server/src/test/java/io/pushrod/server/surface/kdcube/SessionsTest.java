package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.LocalTable;
import io.pushrod.server.storage.MemoryState;
import io.pushrod.server.storage.RecordTable;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SessionsTest {
  private static final long LIFE = 1_000;

  private final ShardMetrics metrics = new ShardMetrics();
  private final AtomicLong clock = new AtomicLong();
  private final MemoryState state = new MemoryState();
  private Sessions sessions = opened();

  private Sessions opened() {
    RecordTable.Settings settings = new RecordTable.Settings("sessions", 3, LIFE);
    return new Sessions(new LocalTable(settings, clock::get, state, () -> null));
  }

  private Moment at(long millis) {
    clock.set(millis);
    return new Moment(millis, metrics, Runnable::run);
  }

  private static <T extends @Nullable Object> T now(CompletionStage<T> answer) {
    return answer.toCompletableFuture().join();
  }

  private UserSession user(String name, long millis) {
    return now(sessions.user("acme", name, UserType.REGISTERED, List.of(), "f", at(millis)));
  }

  private UserSession anonymous(String tenant, String fingerprint, long millis) {
    return now(sessions.anonymous(tenant, fingerprint, at(millis)));
  }

  private @Nullable UserSession find(String id, long millis) {
    return now(sessions.find(id, at(millis)));
  }

  @Test
  void livesOnWhileItIsAskedFor() {
    String id = anonymous("acme", "f", 0).id();

    assertThat(find(id, LIFE - 1)).isNotNull();
    assertThat(find(id, 2 * LIFE - 2)).isNotNull();
    assertThat(find(id, 3 * LIFE - 2)).isNull();
    assertThat(anonymous("acme", "f", 3 * LIFE).id()).isNotEqualTo(id);
  }

  @Test
  void keepsTenantsAndKindsApart() {
    UserSession anonymous = anonymous("acme", "ann", 0);

    assertThat(anonymous("other", "ann", 0).id()).isNotEqualTo(anonymous.id());
    assertThat(user("ann", 0).id()).isNotEqualTo(anonymous.id());
    assertThat(user("ann", 0).owner()).isNotEqualTo(anonymous.owner());
  }

  @Test
  void hasTheTypeAndTheRolesOfWhoAsks() {
    UserSession before = user("ann", 0);

    UserSession paid =
        now(sessions.user("acme", "ann", UserType.PAID, List.of("paid"), "g", at(1)));

    assertThat(paid.id()).isEqualTo(before.id());
    assertThat(paid.type()).isEqualTo(UserType.PAID);
    assertThat(paid.roles()).containsExactly("paid");
    assertThat(user("ann", 2).type()).isEqualTo(UserType.REGISTERED);
  }

  @Test
  void givesUpAnonymousSessionsBeforeThoseOfUsers() {
    UserSession ann = user("ann", 0);
    UserSession first = anonymous("acme", "1", 1);
    UserSession second = anonymous("acme", "2", 2);
    assertThat(find(first.id(), 3)).isNotNull();

    user("bob", 4);

    assertThat(find(second.id(), 5)).isNull();
    assertThat(find(first.id(), 5)).isNotNull();
    user("cid", 6);
    user("dan", 7);
    assertThat(find(ann.id(), 8)).isNull();
    assertThat(metrics.value(Counter.LIMIT_SURFACE_SESSIONS)).isEqualTo(3);
  }

  @Test
  void isTheSameAfterARestart() {
    UserSession ann = user(" ann\t\"ü", 0);
    UserSession guest = anonymous("acme", "f", 1);

    sessions = opened();

    assertThat(user(" ann\t\"ü", 2)).isEqualTo(ann);
    assertThat(find(ann.id(), 3)).isEqualTo(ann);
    assertThat(find(guest.id(), 4)).isEqualTo(guest);
  }

  @Test
  void knowsNoIdThatIsNone() {
    assertThat(find("", 0)).isNull();
    assertThat(find("x".repeat(10_000), 0)).isNull();
  }
}
