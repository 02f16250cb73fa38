package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.session.SocketWriters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A producer that comes back on the shard that owns its topic, while what it published on another
/// shard still waits there.
final class MovedProducerTest {
  private static final EventTypes TYPES = new EventTypes(Map.of("note", EventClass.PLAIN));

  private final Hub hub = new Hub();
  private final List<EventLoop> loops = List.of(new DefaultEventLoop(), new DefaultEventLoop());
  private final Shard before = shard(0);
  private final Shard owner = shard(1);
  private final TopicKey topic;

  MovedProducerTest() {
    hub.start(List.of(before, owner));
    topic =
        IntStream.range(0, 100)
            .mapToObj(i -> new TopicKey("acme", "thread/" + i))
            .filter(key -> hub.owner(key) == owner)
            .findFirst()
            .orElseThrow();
  }

  private Shard shard(int index) {
    return new Shard(
        index,
        loops.get(index),
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
  }

  @AfterEach
  void close() throws Exception {
    for (EventLoop loop : loops) {
      loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).get();
    }
    before.close();
    owner.close();
  }

  @Test
  void doesNotOvertakeWhatItPublishedElsewhere() throws Exception {
    Batch first = batch(1, 2, 0);
    Batch second = batch(3, 4, 2);

    // One task: the owner takes no turn in between.
    onOwner(
        () -> {
          assertThat(before.publish(first)).isTrue();
          assertThat(owner.publish(second)).isTrue();
        });

    assertThat(outcomes(first)).containsExactly(1L, 2L);
    assertThat(outcomes(second)).containsExactly(3L, 4L);
  }

  @Test
  void getsTheFirstSequencesForWhatItSendsAgain() throws Exception {
    Batch first = batch(1, 2, 0);
    Batch again = batch(1, 3, 2);

    onOwner(
        () -> {
          assertThat(before.publish(first)).isTrue();
          assertThat(owner.publish(again)).isTrue();
        });

    assertThat(outcomes(again)).containsExactly(1L, 2L, 3L);
  }

  private void onOwner(Runnable task) throws Exception {
    owner.loop().submit(task).get();
  }

  private Batch batch(long from, long to, long handedOverUpTo) {
    ByteBuf source = Unpooled.wrappedBuffer(new byte[] {'{', '}'});
    List<Publication> publications = new ArrayList<>();
    LongStream.rangeClosed(from, to)
        .mapToObj(
            n ->
                new Publication(
                    new TopicKey[] {topic},
                    TYPES.of("note", null),
                    Publication.NO_IDS,
                    0,
                    n,
                    source,
                    0,
                    2))
        .forEach(publications::add);
    return new Batch(publications, new Producer("agents", 1), handedOverUpTo, source, _ -> {});
  }

  private static List<Long> outcomes(Batch batch) {
    return IntStream.range(0, batch.publications().size())
        .mapToObj(i -> batch.outcome(i, 0))
        .toList();
  }
}
