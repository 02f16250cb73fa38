package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private static final String CLEAR = "\r\u001b[K";

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private long nanos = 5;

  private Progress progress(int columns) {
    return new Progress("fanout", 4, out, columns, () -> nanos);
  }

  private void pass(int seconds) {
    nanos += TimeUnit.SECONDS.toNanos(seconds);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private String line() {
    return printed().substring(printed().lastIndexOf(CLEAR) + CLEAR.length());
  }

  @Test
  void withoutATerminalEachStepIsALine() {
    try (Progress progress = progress(0)) {
      progress.step("warms up");
      pass(30);
      progress.step("block 1");
      pass(3600);
      progress.redraw();
      progress.step("block\n2\u001b[2J");
    }
    assertThat(printed())
        .isEqualToNormalizingNewlines(
            """
            fanout 1/4 (0:00): warms up
            fanout 2/4 (0:30, 1:30 left): block 1
            fanout 3/4 (1:00:30, 1:00:30 left): block\ufffd2\ufffd[2J
            """);
  }

  @Test
  void onATerminalOneLineIsRedrawn() {
    Progress progress = progress(80);
    progress.step("warms up");
    pass(30);
    progress.step("block 1");
    assertThat(line()).isEqualTo("[##--------] 25 % 0:30, 1:30 left: block 1 (fanout)");
    pass(10);
    progress.redraw();
    assertThat(line()).isEqualTo("[##--------] 25 % 0:40, 1:20 left: block 1 (fanout)");
    assertThat(printed()).doesNotContain("\n");
  }

  @Test
  void restIsNeverBelowZero() {
    Progress progress = progress(80);
    progress.step("warms up");
    pass(1);
    progress.step("block 1");
    pass(500);
    progress.redraw();
    assertThat(line()).contains("0:00 left");
  }

  @Test
  void lineIsCutAtTheEdgeOfANarrowTerminal() {
    Progress progress = progress(40);
    progress.step("warms up");
    pass(30);
    progress.step("block 1 of a very long name that goes on and on");
    assertThat(line()).hasSize(39).startsWith("[##--------] 25 % 0:30, 1:30 left").endsWith("…");
  }

  @Test
  void stepsBeyondThePromisedOnesStayBelowTheEnd() {
    Progress progress = progress(80);
    for (int i = 0; i < 9; i++) {
      progress.step("block");
    }
    assertThat(line()).startsWith("[#######---] 75 %");
  }

  @Test
  void whatElseIsPrintedStandsOnAClearedLine() {
    Progress progress = progress(80);
    progress.step("block 1");
    String before = printed();
    progress.aside(() -> out.print("ratio 1.1\n"));
    assertThat(printed()).startsWith(before + CLEAR + "ratio 1.1\n" + CLEAR + "[");
  }

  @Test
  void closingTakesTheLineAway() {
    Progress progress = progress(80);
    progress.step("block 1");
    progress.close();
    progress.redraw();
    assertThat(line()).isEmpty();
  }
}
