package io.pushrod.bench.readers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ScanTest {
  @Test
  void findsTheFirstLineFeedWhereverItIs() {
    for (int size = 0; size < 40; size++) {
      for (int at = 0; at < size; at++) {
        byte[] bytes = new byte[size];
        Arrays.fill(bytes, (byte) 0x8A);
        bytes[at] = '\n';
        bytes[size - 1] = '\n';
        assertThat(Scan.newline(bytes, 0, size)).isEqualTo(at);
        assertThat(Scan.newline(bytes, at, size)).isEqualTo(at);
      }
    }
  }

  @Test
  void takesNoOtherByteForALineFeed() {
    byte[] bytes = new byte[16];
    for (int value = 0; value < 256; value++) {
      Arrays.fill(bytes, (byte) value);
      assertThat(Scan.newline(bytes, 0, 16)).isEqualTo(value == '\n' ? 0 : -1);
    }
  }

  @Test
  void looksNoFurtherThanToTheEnd() {
    byte[] bytes = Scan.ascii("0123456789\n");
    assertThat(Scan.newline(bytes, 0, 10)).isEqualTo(-1);
    assertThat(Scan.newline(bytes, 0, 11)).isEqualTo(10);
  }
}
