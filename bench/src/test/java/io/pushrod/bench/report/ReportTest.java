package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportTest {
  private static String printed(Report report) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void tableOnStdoutHasMedianLowAndHigh() {
    assertThat(printed(Sample.report("x")))
        .isEqualToNormalizingNewlines(
            """

            a sample x
            bench sample x
            1.0, 1970-01-01T00:00:00Z
            2 cores, A processor x, Linux 6.1, 8,192 MiB of memory, OpenJDK 25

            target     CPU per delivery, µs              p99, ms
            pushrod x   4.500 (4.250–5.000)  3.000 (3.000–3.000)
            nchan       6.500 (6.000–7.000)                    –

                                median        low       high
            server ÷ floor       1.100      1.050      1.200
            wire bytes x, B  1,234,567  1,234,567  1,234,567

            verified: every delivery, in sequence and byte by byte
            collector x: Serial x
            warning: the readers took 0.97 of their core x
            """);
  }

  @Test
  void tableThatIsTooWideGoesOnBelow() {
    Report report = new Report("wide", "wide");
    for (int i = 0; i < 6; i++) {
      report.compare("pushrod", "a figure with a name, number " + i, "µs", List.of(1.0));
    }
    assertThat(printed(report).lines()).allMatch(line -> line.length() <= 100);
    assertThat(printed(report).lines().filter(line -> line.startsWith("pushrod"))).hasSize(3);
  }

  @Test
  void invalidRunShowsItsReasonAndNoFigure(@TempDir Path folder) throws Exception {
    Report report = Sample.report("x").invalid("3 events missing").invalid("a later one");
    report.write(folder);
    String page = Files.readString(folder.resolve("sample.html"));
    String values = Files.readString(folder.resolve("sample.json"));
    assertThat(report.exitCode()).isEqualTo(1);
    for (String form : List.of(printed(report), page, values)) {
      assertThat(form).contains("3 events missing").contains("warn").contains("bench sample x");
      assertThat(form)
          .doesNotContain("a later one", "1.05", "4.25", "every delivery", "Serial", "Latency");
    }
    assertThat(printed(report)).contains("INVALID: 3 events missing");
    assertThat(page).contains("INVALID").doesNotContain("<svg", "<table");
  }

  @Test
  void validRunEndsWellAndLeavesEveryValue(@TempDir Path folder) throws Exception {
    Report report = Sample.report("x");
    report.write(folder.resolve("new"));
    assertThat(report.exitCode()).isZero();
    assertThat(Files.readString(folder.resolve("new/sample.json")))
        .contains("[ 1.1, 1.05, 1.2 ]", "[ 4.5, 4.25, 5.0 ]", "[ 0.5, 0.6, null, 0.4 ]")
        .contains("\"p99\" : ", "\"budget\" : 1.15", "\"collector x\" : \"Serial x\"");
  }

  @Test
  void terminalIsNotSteeredByWhatIsReported() {
    assertThat(printed(Sample.report(Sample.HOSTILE))).doesNotContain("\u001b");
  }

  @Test
  void nameStaysInsideTheFolder() {
    assertThatThrownBy(() -> new Report("../x", "x")).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void figureWithoutAValueIsRefused() {
    assertThatThrownBy(() -> new Report("x", "x").row("p99", "ms", List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("p99");
  }

  @Test
  void machineIsReadFromProc() {
    assertThat(Host.field("processor\t: 0\nmodel name\t: A: B\nmodel name\t: C\n", "model name"))
        .hasValue("A: B");
    assertThat(Host.memory("MemTotal:        8039000 kB\n")).isEqualTo(8_039_000L << 10);
    assertThat(Host.memory("")).isZero();
    assertThat(Host.here().cores()).isPositive();
  }

  @Test
  void versionIsUnknownOutsideAnyRepository(@TempDir Path folder) {
    assertThat(Provenance.here("bench", folder, Instant.EPOCH).version()).isEqualTo("unknown");
  }
}
