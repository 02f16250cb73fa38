package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LegendTest {
  @Test
  void namesThatLieApartStayWhereTheyAre() {
    assertThat(Legend.spread(List.of(80.0, 20.0), 16, 0, 100)).containsExactly(80.0, 20.0);
  }

  @Test
  void namesThatWouldOverlapMoveApartInTheirOrder() {
    assertThat(Legend.spread(List.of(50.0, 48.0, 51.0), 16, 0, 200))
        .containsExactly(64.0, 48.0, 80.0);
  }

  @Test
  void namesAtTheEndStayInside() {
    assertThat(Legend.spread(List.of(99.0, 100.0), 16, 0, 100)).containsExactly(84.0, 100.0);
  }

  @Test
  void namesFlowIntoRowsNoWiderThanThePicture() {
    List<Legend.Entry> entries =
        Legend.flow(List.of("pushrod", "floor", "a name that is far too long for one row"), 200);
    assertThat(entries).extracting(Legend.Entry::row).containsExactly(0, 0, 1);
    assertThat(entries).allMatch(entry -> entry.x() + Size.lengthOf(entry.name()) < 200);
    assertThat(entries.getLast().name()).endsWith("…");
  }
}
