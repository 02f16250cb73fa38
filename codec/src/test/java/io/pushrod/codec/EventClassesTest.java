package io.pushrod.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventClassesTest {
  private final EventClasses classes =
      new EventClasses(
          Map.of(
              "run_end", EventClass.LIFECYCLE,
              "token", EventClass.DELTA,
              "metrics.*", EventClass.STATE,
              "metrics.raw.*", EventClass.SIGNAL,
              "metrics.raw.sum", EventClass.DELTA));

  @Test
  void exactNamesWinOverPrefixesAndLongPrefixesOverShortOnes() {
    assertThat(classes.of("run_end")).isEqualTo(EventClass.LIFECYCLE);
    assertThat(classes.of("metrics.cpu")).isEqualTo(EventClass.STATE);
    assertThat(classes.of("metrics.")).isEqualTo(EventClass.STATE);
    assertThat(classes.of("metrics.raw.cpu")).isEqualTo(EventClass.SIGNAL);
    assertThat(classes.of("metrics.raw.sum")).isEqualTo(EventClass.DELTA);
  }

  @Test
  void whatIsUnknownIsPlain() {
    for (String type : new String[] {"", "run_en", "run_end2", "Token", "metrics", "tokem"}) {
      assertThat(classes.of(type)).as(type).isEqualTo(EventClass.PLAIN);
    }
    assertThat(new EventClasses(Map.of()).of("token")).isEqualTo(EventClass.PLAIN);
  }

  @Test
  void aStarAloneIsTheDefaultOfAll() {
    EventClasses all = new EventClasses(Map.of("*", EventClass.STATE, "a", EventClass.PLAIN));
    assertThat(all.of("anything")).isEqualTo(EventClass.STATE);
    assertThat(all.of("a")).isEqualTo(EventClass.PLAIN);
  }

  @Test
  void readsNamesInPlace() {
    ByteBuf buffer = Unpooled.copiedBuffer("\"type\":\"token\"", StandardCharsets.US_ASCII);
    buffer.readerIndex(3);
    assertThat(classes.of(buffer, 8, 5)).isEqualTo(EventClass.DELTA);
    assertThat(classes.of(buffer, 8, 4)).isEqualTo(EventClass.PLAIN);
    assertThat(buffer.readerIndex()).isEqualTo(3);
  }

  @Test
  void findsEveryNameOfALargeTable() {
    Map<String, EventClass> table = new HashMap<>();
    for (int i = 0; i < 1_000; i++) {
      table.put("type." + i, EventClass.values()[i % 5]);
    }
    EventClasses large = new EventClasses(table);
    table.forEach((type, expected) -> assertThat(large.of(type)).isEqualTo(expected));
    assertThat(large.of("type.1000")).isEqualTo(EventClass.PLAIN);
  }
}
