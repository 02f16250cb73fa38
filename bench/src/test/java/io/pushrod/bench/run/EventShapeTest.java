package io.pushrod.bench.run;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.Transport;
import org.junit.jupiter.api.Test;

class EventShapeTest {
  private static String event(long sequence, byte[] data) {
    return "{\"id\":\"k3f9x2-%d\",\"seq\":%d,\"topic\":\"bench/fanout\",\"type\":\"bench\",\"ts\":1795241760123,\"data\":%s}"
        .formatted(sequence, sequence, new String(data, ISO_8859_1));
  }

  private final EventShape shape = EventShape.of(event(1, EventShape.sampleData()), 200);

  @Test
  void givesEveryEventTheSameSize() {
    for (long sequence : new long[] {2, 99, 100, 12_345, 9_999_999}) {
      assertThat(event(sequence, shape.data(sequence, 1_000))).hasSize(200);
    }
  }

  @Test
  void givesTheFloorAWebSocketMessageOfThatSize() {
    String message =
        new String(shape.floorMessage(Transport.WS, Topics.one("t"), 5_000), ISO_8859_1);
    assertThat(message).hasSize(204).startsWith("\u0081~\u0000\u00C8{\"id\":\"k3f9x2-@@@@\"");
    assertThat(message).contains("\"seq\":@@@@,").contains("\"at\":\"" + "#".repeat(19) + '"');
  }

  @Test
  void givesTheFloorAnSseChunkAroundThatSize() {
    String message =
        new String(shape.floorMessage(Transport.SSE, Topics.one("t"), 5_000), ISO_8859_1);
    int chunk = Integer.parseInt(message.substring(0, 2), 16);
    assertThat(message)
        .hasSize(4 + chunk + 2)
        .contains("\r\nid: k3f9x2-@@@@\ndata: {")
        .endsWith("}}\n\n\r\n");
  }

  @Test
  void refusesASizeThatCannotHoldTheEvent() {
    assertThatThrownBy(() -> EventShape.of(event(1, EventShape.sampleData()), 100).data(2, 0))
        .isInstanceOf(BenchException.class)
        .hasMessageStartingWith("bytes: 100 (expected: >= ");
  }
}
