package io.pushrod.bench.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pushrod.bench.run.BenchException;
import org.junit.jupiter.api.Test;

class FigurePageTest {
  private static RunFile run(String json) {
    try {
      return RunFile.of(new ObjectMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static final String RUN =
      """
      {"bench":"f","title":"Fan-out","command":"bench f","at":"2026-11-21T10:00:00Z","version":"v1",
       "warnings":["noisy"],
       "rows":[{"name":"heap","unit":"B","median":1171.4,"low":1170,"high":1180}],
       "targets":{
        "pushrod":[{"name":"÷ floor","unit":"","median":1.1,"low":1.05,"high":1.2}],
        "other":[{"name":"p99","unit":"ms","median":5.25,"low":5,"high":6}]}}
      """;

  @Test
  void givesALinePerTargetAndAColumnPerFigure() {
    String page = "a\n<!-- figures f: ÷ floor | p99 -->\nold\n<!-- end -->\nb\n";
    assertThat(FigurePage.fill(page, name -> run(RUN)))
        .isEqualTo(
            """
            a
            <!-- figures f: ÷ floor | p99 -->
            | target | ÷ floor | p99, ms |
            |---|---|---|
            | pushrod | 1.100 (1.050–1.200) | – |
            | other | – | 5.250 (5.000–6.000) |

            Fan-out: `bench f`, 2026-11-21, version v1. **noisy**.
            <!-- end -->
            b
            """);
  }

  @Test
  void givesALinePerFigure() {
    String page = "<!-- rows f -->\n<!-- end -->\n";
    assertThat(FigurePage.fill(page, name -> run(RUN)))
        .contains("| heap, B | 1,171 | 1,170–1,180 |");
  }

  @Test
  void leavesThePlaceOfARunThatIsNotThere() {
    String page = "<!-- rows f -->\nold\n<!-- end -->\n";
    assertThat(FigurePage.fill(page, name -> null)).isEqualTo(page);
    assertThat(FigurePage.runs(page)).containsExactly("f");
  }

  @Test
  void refusesFiguresThatTheRunHasNot() {
    assertThatThrownBy(
            () -> FigurePage.fill("<!-- rows f: no -->\n<!-- end -->\n", name -> run(RUN)))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("figure: no (expected");
  }

  @Test
  void refusesAPlaceWithoutEnd() {
    assertThatThrownBy(() -> FigurePage.fill("<!-- rows f -->\n", name -> run(RUN)))
        .isInstanceOf(BenchException.class);
  }

  @Test
  void refusesAnInvalidRun() {
    assertThatThrownBy(() -> run("{\"bench\":\"f\",\"invalid\":\"1 missing\"}"))
        .isInstanceOf(BenchException.class)
        .hasMessage("f: invalid: 1 missing");
  }
}
