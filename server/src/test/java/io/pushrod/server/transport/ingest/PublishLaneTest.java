package io.pushrod.server.transport.ingest;

import static io.pushrod.server.support.IngestClient.event;
import static io.pushrod.server.support.IngestClient.publishFrame;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.DeclarationIntake;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A publisher's frames from the peer to a log and back.
final class PublishLaneTest implements PublishLane.Owner {
  private static final EventTypes TYPES = new EventTypes(Map.of("note", EventClass.PLAIN));
  private static final Identity WHO =
      new Identity(
          "acme",
          "",
          Set.of(),
          Grants.NONE,
          Grants.ALL,
          Grants.NONE,
          Set.of(),
          0,
          Long.MAX_VALUE,
          "");

  @TempDir static Path folder;

  private final Shard shard = FencedProducerTest.shard();
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final FrameOutbox outbox = new FrameOutbox(channel);
  private final Greeted greeted =
      new Greeted(WHO, WHO, new Producer("agents", 1), new Producers.State(1, false));
  private final PublishLane lane =
      new PublishLane(
          this,
          shard,
          greeted,
          access(),
          new EventIntake(
              greeted,
              TYPES,
              new DeclarationIntake(TYPES, Readership.NONE),
              (topic, producer, type) -> null,
              EventSchemas.NONE,
              1024),
          new PublishRates(0, 1),
          outbox,
          new InFlightFrames(4096, 100, 4096, new MemoryAccount()));
  private final List<String> told = new ArrayList<>();

  /// Nobody is let in here, so nothing but the switches is ever asked.
  @SuppressWarnings("NullAway")
  private static Access access() {
    return new Access(null, Clock.SYSTEM, null, new KillSwitches(folder, 1));
  }

  @Override
  public boolean holdsProducer() {
    return true;
  }

  @Override
  public boolean isGone() {
    return false;
  }

  @Override
  public void onParked(boolean parked) {
    told.add("parked " + parked);
  }

  @Override
  public void onAcknowledged(long sequence, @Nullable CloseReason refusal) {
    told.add(sequence + " " + refusal);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    shard.close();
  }

  @Test
  void rejectsWhatWasOnItsWayWhileARunEndedAndGoesOn() {
    end("run/r1");
    ByteBuf in =
        Unpooled.wrappedBuffer(
            publishFrame(1, event("run/r1", "note", "1"), event("thread/1", "note", "2")));

    IngestFrame frame = Objects.requireNonNull(new IngestDecoder(4096).decode(in));
    lane.take((IngestFrame.Publish) frame, in);

    assertThat(told).containsExactly("2 null");
    assertThat(lane.isEmpty()).isTrue();
    assertThat(outbox.flush()).isTrue();
    ByteBuf out = channel.readOutbound();
    IngestDecoder decoder = new IngestDecoder(4096);
    assertThat(decoder.decode(out))
        .isEqualTo(
            new IngestFrame.Reject(
                1, ErrorCode.FENCED, 0, "topic: run/r1 (expected: one that has not ended)"));
    assertThat(decoder.decode(out))
        .isInstanceOfSatisfying(
            IngestFrame.Ack.class,
            ack -> {
              assertThat(ack.upTo()).isEqualTo(2);
              assertThat(ack.sequence(0)).isZero();
              assertThat(ack.sequence(1)).isEqualTo(1);
            });
    out.release();
  }

  private void end(String topic) {
    ByteBuf data = Unpooled.wrappedBuffer(new byte[] {'{', '}'});
    Publication last =
        new Publication(
            new TopicKey[] {new TopicKey("acme", topic)},
            TYPES.of("note", null),
            Publication.NO_IDS,
            0,
            0,
            data,
            0,
            2);
    assertThat(
            shard.publish(
                new Batch(List.of(last.with(new LogRule.Seal())), Unpooled.EMPTY_BUFFER, _ -> {})))
        .isTrue();
  }
}
