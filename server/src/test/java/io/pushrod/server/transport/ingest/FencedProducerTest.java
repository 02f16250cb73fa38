package io.pushrod.server.transport.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.session.SocketWriters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What a connection acknowledges when a log already knows a newer epoch of its producer.
final class FencedProducerTest {
  private static final EventTypes TYPES = new EventTypes(Map.of("note", EventClass.PLAIN));

  private final Shard shard = shard();

  static Shard shard() {
    Hub hub = new Hub();
    // The loop never runs: everything here happens on the thread of the test.
    Shard shard =
        new Shard(
            0,
            new DefaultEventLoop(),
            hub,
            new HubSettings(
                new Retention(1 << 20, 1000, 60_000, 1 << 16),
                "test",
                8,
                16,
                16,
                1024,
                1024,
                1,
                SocketWriters.NETTY,
                Readership.NONE),
            Clock.SYSTEM,
            new MetricsRegistry("test").shard(),
            UnpooledByteBufAllocator.DEFAULT);
    hub.start(List.of(shard));
    return shard;
  }

  @AfterEach
  void close() {
    shard.close();
  }

  @Test
  void acknowledgesNothingFromTheFirstEventThatALogRefused() {
    publish(2, "a", 1);
    InFlightFrames inFlight = new InFlightFrames(1000, 1000, 1000, new MemoryAccount());
    InFlight frame = new InFlight(3, 30, new int[] {0, 1, 2}, 0);
    inFlight.add(frame);
    frame.done(publish(1, "b", 1, "a", 2, "b", 3));

    ByteBuf out = Unpooled.buffer();
    inFlight.acknowledge(out);

    assertThat(inFlight.refusal()).isEqualTo(CloseReason.FENCED);
    assertThat(new IngestDecoder(1000).decode(out))
        .isInstanceOfSatisfying(
            IngestFrame.Ack.class,
            ack -> {
              assertThat(ack.upTo()).isEqualTo(1);
              assertThat(ack.count()).isEqualTo(1);
            });
    assertThat(out.isReadable()).isFalse();
  }

  /// Publishes to topics in pairs of name and producer sequence.
  private Batch publish(long epoch, Object... topics) {
    ByteBuf source = Unpooled.wrappedBuffer(new byte[] {'{', '}'});
    List<Publication> publications = new ArrayList<>();
    for (int i = 0; i < topics.length; i += 2) {
      TopicKey[] keys = {new TopicKey("acme", (String) topics[i])};
      publications.add(
          new Publication(
              keys,
              TYPES.of("note", null),
              Publication.NO_IDS,
              0,
              ((Number) topics[i + 1]).longValue(),
              source,
              0,
              2));
    }
    Batch batch = new Batch(publications, new Producer("agents", epoch), 0, source, _ -> {});
    assertThat(shard.publish(batch)).isTrue();
    return batch;
  }
}
