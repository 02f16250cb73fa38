package io.pushrod.bench.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedisJournalTest {
  @Test
  void writesACommandAsAnArrayOfBulkStrings() {
    assertThat(new String(RedisJournal.command(List.of("XADD", "t", "*")), US_ASCII))
        .isEqualTo("*3\r\n$4\r\nXADD\r\n$1\r\nt\r\n$1\r\n*\r\n");
  }
}
