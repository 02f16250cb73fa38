package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class NodesTest {
  private static final long TTL = 1_000;

  private final Nodes nodes = new Nodes("a", TTL);

  /// Looks now and then, so that this server is heard without a pause.
  private void stayTo(long from, long to, Map<String, Long> ages) {
    for (long now = from; now <= to; now += TTL / 4) {
      nodes.look(ages, now);
    }
  }

  @Test
  void isAloneBeforeItLooks() {
    assertThat(nodes.present()).containsExactly("a");
    assertThat(nodes.isSteady(0)).isFalse();
  }

  @Test
  void seesWhoWasHeardOfLately() {
    assertThat(nodes.look(Map.of("a", 0L, "b", TTL, "c", TTL + 1), 0)).isTrue();
    assertThat(nodes.present()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void missesWhoIsSilentForTooLong() {
    nodes.look(Map.of("b", 0L), 0);
    stayTo(250, 1_000, Map.of());
    assertThat(nodes.present()).contains("b");
    assertThat(nodes.look(Map.of(), 1_001)).isTrue();
    assertThat(nodes.present()).containsExactly("a");
  }

  @Test
  void blamesNobodyForItsOwnPause() {
    nodes.look(Map.of("b", 0L), 0);
    stayTo(250, 2_000, Map.of("b", 0L));
    long back = 60_000;
    assertThat(nodes.look(Map.of("b", 58_000L), back)).isFalse();
    assertThat(nodes.isSteady(back)).isFalse();
    stayTo(back + 250, back + 750, Map.of("b", 59_000L));
    assertThat(nodes.present()).contains("b");
    stayTo(back + 1_000, back + 1_250, Map.of("b", 59_000L));
    assertThat(nodes.present()).containsExactly("a");
  }

  @Test
  void knowsWhoSendsBeforeItLooks() {
    assertThat(nodes.hear("b", 0)).isTrue();
    assertThat(nodes.hear("b", 1)).isFalse();
    assertThat(nodes.present()).containsExactlyInAnyOrder("a", "b");
  }

  @Test
  void missesAtOnceWhoSaysGoodbye() {
    nodes.hear("b", 0);
    assertThat(nodes.leave("b")).isTrue();
    assertThat(nodes.leave("b")).isFalse();
    assertThat(nodes.present()).containsExactly("a");
  }
}
