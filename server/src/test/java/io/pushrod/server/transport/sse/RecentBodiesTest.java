package io.pushrod.server.transport.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.server.compression.Compressor;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RecentBodiesTest {
  private static final String EVENT = "{\"text\":\"" + "to be or not ".repeat(20) + "\"}";

  private final MetricsRegistry metrics = new MetricsRegistry("test");
  private final Compressor compressor = new Compressor(1, 0, metrics.shard());
  private final RecentBodies bodies = new RecentBodies(compressor);

  @AfterEach
  void freesNativeMemory() {
    compressor.close();
  }

  private @Nullable ByteBuf of(long sequence, String json) {
    return bodies.of(sequence, Unpooled.copiedBuffer("--" + json, US_ASCII), 2, json.length());
  }

  private String text(long sequence, String json) throws DataFormatException {
    ByteBuf blocks = of(sequence, json);
    assertThat(blocks).isNotNull();
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(ByteBufUtil.getBytes(blocks));
      byte[] plain = new byte[100_000];
      return new String(plain, 0, inflater.inflate(plain), US_ASCII);
    }
  }

  private long compressed() {
    return metrics.total(Counter.COMPRESSED_EVENTS);
  }

  @Test
  void findsWhatTheStreamBeforeHadCompressed() throws DataFormatException {
    for (int stream = 0; stream < 3; stream++) {
      for (int sequence = 1; sequence <= 32; sequence++) {
        assertThat(text(sequence, EVENT + sequence)).isEqualTo("data: " + EVENT + sequence + "\n\n");
      }
    }
    assertThat(compressed()).isEqualTo(32);
  }

  @Test
  void tellsEventsOfOneSequenceApart() throws DataFormatException {
    String folded = EVENT.replace("not", "nor");
    for (int i = 0; i < 2; i++) {
      assertThat(text(7, EVENT)).isEqualTo("data: " + EVENT + "\n\n");
      assertThat(text(7, folded)).isEqualTo("data: " + folded + "\n\n");
    }
    assertThat(compressed()).isEqualTo(4);
  }

  @Test
  void keepsNoLongEvent() throws DataFormatException {
    String event = EVENT.repeat(40);
    assertThat(text(1, event)).isEqualTo("data: " + event + "\n\n");
    assertThat(text(1, event)).isEqualTo("data: " + event + "\n\n");
    assertThat(compressed()).isEqualTo(2);
  }

  @Test
  void remembersWhatDoesNotGetShorter() {
    assertThat(of(1, "{}")).isNull();
    assertThat(of(1, "{}")).isNull();
    assertThat(compressed()).isZero();
  }
}
