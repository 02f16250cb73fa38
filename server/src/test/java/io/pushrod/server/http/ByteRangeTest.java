package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "Bytes=2-4, 2, 3",
    "bytes=9-, 9, 1",
    "bytes=-3, 7, 3",
    "bytes=-99, 0, 10",
    "bytes=5-99999999999999999999999, 5, 5",
    "bytes=10-, 0, 0",
    "bytes=99999999999999999999-, 0, 0"
  })
  void isPartOfTenBytes(String header, long from, long length) {
    assertThat(ByteRange.parse(header, 10)).isEqualTo(new ByteRange(from, length));
  }

  @Test
  void mayBeOfNothing() {
    ByteRange none = ByteRange.parse("bytes=-0", 10);
    assertThat(none == null ? -1 : none.length()).isZero();
    assertThat(none == null ? "" : none.contentRange(10)).isEqualTo("bytes */10");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=a-1",
        "bytes=1-a",
        "bytes=3-1",
        "bytes=0-1,2-3",
        "bytes=--1",
        "bytes=+1-2",
        "items=0-1",
        "bytes=0 - 1"
      })
  void isNoneWhereItIsMalformed(String header) {
    assertThat(ByteRange.parse(header, 10)).isNull();
  }

  @Property
  void isInsideTheContent(
      @ForAll @LongRange(min = 0) long first,
      @ForAll @LongRange(min = 0) long last,
      @ForAll @LongRange(min = 0, max = 1_000) long size) {
    for (String header : new String[] {first + "-" + last, first % 1000 + "-", "-" + last % 2000}) {
      ByteRange range = ByteRange.parse("bytes=" + header, size);
      assertThat(range == null || (range.from() >= 0 && range.from() + range.length() <= size))
          .as(header)
          .isTrue();
    }
  }
}
