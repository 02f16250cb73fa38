package io.pushrod.codec;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompositeCursorTest {
  @Test
  void keepsTopicsInTheOrderOfTheText() {
    CompositeCursor cursor = CompositeCursor.parse("thread/42=k3f9x2-7,a=1-0,b:c@d.e-f_g=zz-12");
    assertThat(cursor.cursors().keySet()).containsExactly("thread/42", "a", "b:c@d.e-f_g");
    assertThat(cursor.cursors()).containsEntry("thread/42", Cursor.parse("k3f9x2-7"));
    assertThat(cursor.cursors()).containsEntry("a", new Cursor(1, 0));
  }

  @Test
  void writesWhatItReads() {
    String text = "thread/42=k3f9x2-7,a=1-0,run/r1=zzzzzzzz-999999999999999999";
    CompositeCursor cursor = CompositeCursor.parse(text);
    assertThat(cursor).hasToString(text);
    ByteBuf out = Unpooled.buffer();
    cursor.write(out);
    assertThat(out.toString(US_ASCII)).isEqualTo(text);
  }

  @Test
  void writesOneTopicFromBytes() {
    ByteBuf out = Unpooled.buffer();
    CompositeCursor.write(out, "a/b".getBytes(US_ASCII), "k3".getBytes(US_ASCII), 120);
    assertThat(out.toString(US_ASCII)).isEqualTo("a/b=k3-120");
  }

  @Test
  void isToldFromABareCursor() {
    assertThat(CompositeCursor.isComposite("a=k3-1")).isTrue();
    assertThat(CompositeCursor.isComposite("k3-1")).isFalse();
    assertThat(CompositeCursor.isComposite("now")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "=",
        "a",
        "a=",
        "=k3-1",
        "a=k3-1,",
        ",a=k3-1",
        "a=k3-1,,b=k3-1",
        "a=k3-1,b",
        "a=now",
        "a=5",
        "a=k3-",
        "a=-1",
        "a b=k3-1",
        "a=k3-1 ,b=k3-1",
        "a=k3-1=2",
        "a==k3-1",
        "a=0-1",
        "a=k3-1234567890123456789",
        "a=k3-1,a=k3-2",
        "é=k3-1"
      })
  void refusesGarbage(String text) {
    RequestException refusal =
        catchThrowableOfType(RequestException.class, () -> CompositeCursor.parse(text));
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_CURSOR);
  }

  @Test
  void readsUpTo128Topics() {
    assertThat(CompositeCursor.parse(ofTopics(128)).cursors()).hasSize(128);
    RequestException refusal =
        catchThrowableOfType(RequestException.class, () -> CompositeCursor.parse(ofTopics(129)));
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_CURSOR);
    assertThat(refusal.getMessage()).hasSizeLessThan(150);
  }

  @Test
  void isNeverEmptyAndNeverOfMoreThan128Topics() {
    SequencedMap<String, Cursor> map = new LinkedHashMap<>();
    assertThatIllegalArgumentException().isThrownBy(() -> new CompositeCursor(map));
    for (int i = 0; i < 129; i++) {
      map.put("t" + i, new Cursor(1, 1));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new CompositeCursor(map));
  }

  @Test
  void doesNotSeeLaterChangesOfTheMap() {
    SequencedMap<String, Cursor> map = new LinkedHashMap<>();
    map.put("a", new Cursor(1, 1));
    CompositeCursor cursor = new CompositeCursor(map);
    map.put("b", new Cursor(1, 1));
    assertThat(cursor.cursors()).hasSize(1);
  }

  private static String ofTopics(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "t" + i + "=k3-" + i)
        .collect(Collectors.joining(","));
  }
}
