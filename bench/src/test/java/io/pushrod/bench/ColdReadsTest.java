package io.pushrod.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.run.BenchException;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ColdReadsTest {
  private static ColdReads parse(String... arguments) {
    ColdReads command = new ColdReads();
    new CommandLine(command).parseArgs(arguments);
    return command;
  }

  @Test
  void sharesTheColdEventsAmongTheClients() {
    assertThat(parse("--cold", "64", "--bytes", "1024", "--clients", "4").eventsPerTopic())
        .isEqualTo(16_384);
  }

  @Test
  void refusesToHaveNothingToRead() {
    ColdReads none = parse("--cold", "0");
    assertThatThrownBy(none::eventsPerTopic)
        .isInstanceOf(BenchException.class)
        .hasMessage("--cold: 0 MiB for 8 clients (expected: 1 to 100,000,000 events for each)");
    ColdReads nobody = parse("--clients", "0");
    assertThatThrownBy(nobody::eventsPerTopic).isInstanceOf(BenchException.class);
  }
}
