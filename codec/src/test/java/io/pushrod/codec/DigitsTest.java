package io.pushrod.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class DigitsTest {
  @Property
  void writesAnyNumberAsTheJdkDoes(@ForAll long value, @ForAll int hex) {
    assertWritten(value, hex);
  }

  @Test
  void writesTheBoundsOfEachLength() {
    for (long bound = 1; bound > 0; bound *= 10) {
      assertWritten(bound, (int) bound);
      assertWritten(bound - 1, (int) bound - 1);
      assertWritten(-bound, (int) -bound);
    }
    assertWritten(Long.MAX_VALUE, Integer.MAX_VALUE);
    assertWritten(Long.MIN_VALUE, Integer.MIN_VALUE);
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      assertWritten(1L << bit, 1 << bit);
      assertWritten((1L << bit) - 1, (1 << bit) - 1);
    }
  }

  private static void assertWritten(long decimal, int hex) {
    ByteBuf out = Unpooled.buffer(1);
    Digits.writeDecimal(out, decimal);
    assertThat(out.toString(US_ASCII)).isEqualTo(Long.toString(decimal));
    assertThat(Digits.decimalLength(decimal)).isEqualTo(out.readableBytes());
    out.clear();
    Digits.writeHex(out, hex);
    assertThat(out.toString(US_ASCII)).isEqualTo(Integer.toHexString(hex));
    assertThat(Digits.hexLength(hex)).isEqualTo(out.readableBytes());
  }
}
