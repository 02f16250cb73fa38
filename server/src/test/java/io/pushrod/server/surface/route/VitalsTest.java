package io.pushrod.server.surface.route;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SurfaceConfig;
import org.junit.jupiter.api.Test;

class VitalsTest {
  private static final long SECOND = SECONDS.toNanos(1);

  private static Vitals vitals(String... keys) {
    String[] assignments = new String[keys.length + 2];
    assignments[0] = "surfaces.it.path=/it";
    assignments[1] = "surfaces.it.dialect=any";
    for (int i = 0; i < keys.length; i++) {
      assignments[i + 2] = "surfaces.it." + keys[i];
    }
    SurfaceConfig row =
        ServerConfig.with(true, assignments).surfaces().rows().stream()
            .filter(each -> each.name().equals("it"))
            .findFirst()
            .orElseThrow();
    return new Vitals(row, 0);
  }

  @Test
  void beatsAtAFixedIntervalWhateverIsSaid() {
    Vitals vitals = vitals("heartbeat=30s");
    vitals.said(29 * SECOND);
    assertThat(vitals.tickNanos(1)).isEqualTo(30 * SECOND);
    assertThat(vitals.isBeatDue(30 * SECOND)).isTrue();
  }

  @Test
  void beatsAfterSilenceTowardsTheClient() {
    Vitals vitals = vitals("heartbeat=3s", "heartbeat_rule=sent");
    vitals.said(SECOND);
    vitals.heard(2 * SECOND);
    assertThat(vitals.isBeatDue(3 * SECOND)).isFalse();
    assertThat(vitals.isBeatDue(4 * SECOND)).isTrue();
    vitals.beaten(4 * SECOND);
    assertThat(vitals.isBeatDue(6 * SECOND)).isFalse();
    assertThat(vitals.isBeatDue(7 * SECOND)).isTrue();
  }

  @Test
  void takesMovedCursorsForSomethingSaid() {
    Vitals vitals = vitals("heartbeat=3s", "heartbeat_rule=sent");
    vitals.observe(5, 2 * SECOND);
    vitals.observe(5, 3 * SECOND);
    assertThat(vitals.isBeatDue(3 * SECOND)).isFalse();
    assertThat(vitals.isBeatDue(5 * SECOND)).isTrue();
  }

  @Test
  void beatsAfterSilenceOfTheClient() {
    Vitals vitals = vitals("heartbeat=30s", "heartbeat_rule=received");
    vitals.said(25 * SECOND);
    vitals.heard(10 * SECOND);
    assertThat(vitals.tickNanos(1)).isEqualTo(15 * SECOND);
    assertThat(vitals.isBeatDue(30 * SECOND)).isFalse();
    assertThat(vitals.isBeatDue(40 * SECOND)).isTrue();
  }

  @Test
  void isIdleWhenNeitherSideSaidAnything() {
    Vitals vitals = vitals("idle=5m");
    vitals.heard(100 * SECOND);
    vitals.said(200 * SECOND);
    vitals.beaten(450 * SECOND);
    assertThat(vitals.isIdle(499 * SECOND)).isFalse();
    assertThat(vitals.isIdle(500 * SECOND)).isTrue();
    assertThat(vitals().isIdle(Long.MAX_VALUE)).isFalse();
  }

  @Test
  void leavesTheTransportItsOwnInterval() {
    assertThat(vitals().tickNanos(7)).isEqualTo(7);
  }
}
