package io.pushrod.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.storage.JournalKind;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class StorageTest {
  private static Storage parse(String... arguments) {
    Storage command = new Storage();
    new CommandLine(command).parseArgs(arguments);
    return command;
  }

  @Test
  void measuresAllJournalsUnlessSomeAreNamed() {
    assertThat(parse().wanted()).containsExactly(JournalKind.values());
    assertThat(parse("--of", "redis-always,nats", "--of", "nats").wanted())
        .containsExactly(JournalKind.REDIS_ALWAYS, JournalKind.NATS);
  }

  @Test
  void refusesAJournalThatItDoesNotKnow() {
    Storage command = parse("--of", "disk");
    assertThatThrownBy(command::wanted)
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("--of: disk (expected: pushrod-memory, ");
  }

  @Test
  void takesSizesAndSettings() {
    Storage command = parse("--bytes", "500", "--publishers", "2", "--window", "8", "--set", "a=b");
    assertThat(command.bytes).isEqualTo(500);
    assertThat(command.publishers).isEqualTo(2);
    assertThat(command.window).isEqualTo(8);
    assertThat(command.settings).containsExactly("a=b");
  }
}
