package io.pushrod.server.transport.sse;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.dialect.DockrionEvents;
import io.pushrod.server.dialect.DockrionEvents.Shape;
import org.junit.jupiter.api.Test;

class RenderedEventFormatsTest {
  private final RenderedEventFormats formats = new RenderedEventFormats(2);

  private RenderedEventFormat format(int shard, SseFormat form, Shape shape) {
    return formats.of(shard, form, shape, () -> new DockrionEvents(shape));
  }

  @Test
  void givesStreamsThatAreAlikeOneFormatSoThatTheyShareWhatIsRendered() {
    assertThat(format(0, PlainFormat.CHUNKED, Shape.MANAGED))
        .isEqualTo(format(0, PlainFormat.CHUNKED, Shape.MANAGED));
  }

  @Test
  void keepsFormsShapesAndShardsApart() {
    RenderedEventFormat one = format(0, PlainFormat.CHUNKED, Shape.MANAGED);
    assertThat(format(0, PlainFormat.PLAIN, Shape.MANAGED)).isNotEqualTo(one);
    assertThat(format(0, PlainFormat.CHUNKED, Shape.DIRECT)).isNotEqualTo(one);
    assertThat(format(1, PlainFormat.CHUNKED, Shape.MANAGED)).isNotEqualTo(one);
  }
}
