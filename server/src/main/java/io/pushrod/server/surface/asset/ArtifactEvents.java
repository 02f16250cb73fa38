package io.pushrod.server.surface.asset;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.asset.AssetMeta;
import io.pushrod.server.asset.KeptAsset;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Tells the run and the thread of an asset that it is there: `artifact_written`.
///
/// The event is the server's, so a run's lease does not keep it out; a run that has ended does. An
/// asset stays when no log takes its event.
///
/// **Thread:** the shard of the upload.
public final class ArtifactEvents {
  private static final String TYPE = "artifact_written";
  private static final int ATTEMPTS = 20;
  private static final long PAUSE_MILLIS = 50;

  private final EventTypes types;
  private final int eventBytes;

  public ArtifactEvents(EventTypes types, int eventBytes) {
    this.types = types;
    this.eventBytes = eventBytes;
  }

  /// @param done runs when the logs have the events, or will not take them
  public void announce(Shard shard, List<KeptAsset> assets, Runnable done) {
    List<Publication> events =
        assets.stream().filter(ArtifactEvents::hasTopic).map(this::event).toList();
    if (events.isEmpty()) {
      done.run();
    } else {
      publish(shard, events, 1, done);
    }
  }

  private void publish(Shard shard, List<Publication> events, int attempt, Runnable done) {
    Batch batch =
        new Batch(
            events,
            Unpooled.EMPTY_BUFFER,
            settled -> {
              count(shard, settled);
              done.run();
            });
    if (!shard.isDraining() && shard.publish(batch)) {
      return;
    }
    batch.discard();
    if (shard.isDraining() || attempt == ATTEMPTS) {
      shard.metrics().count(Counter.ASSETS_UNANNOUNCED, events.size());
      done.run();
    } else {
      var _ =
          shard
              .loop()
              .schedule(
                  () -> publish(shard, events, attempt + 1, done),
                  PAUSE_MILLIS,
                  TimeUnit.MILLISECONDS);
    }
  }

  private static void count(Shard shard, Batch settled) {
    for (int i = 0; i < settled.publications().size(); i++) {
      boolean taken = false;
      for (int t = 0; t < settled.publications().get(i).topicCount(); t++) {
        taken |= !Appended.isFailure(settled.outcome(i, t));
      }
      if (!taken) {
        shard.metrics().count(Counter.ASSETS_UNANNOUNCED);
      }
    }
  }

  private static boolean hasTopic(KeptAsset asset) {
    return !asset.meta().run().isEmpty() || !asset.meta().thread().isEmpty();
  }

  private Publication event(KeptAsset asset) {
    AssetMeta meta = asset.meta();
    TopicKey[] topics =
        AssetAccess.topics(meta.run(), meta.thread()).stream()
            .map(name -> new TopicKey(meta.tenant(), name))
            .toArray(TopicKey[]::new);
    ByteBuf data = Unpooled.buffer();
    AssetJson.written(data, asset, asset.preview());
    if (data.readableBytes() > eventBytes) {
      AssetJson.written(data.clear(), asset, null);
    }
    return new Publication(
        topics, types.of(TYPE, null), ids(meta), 0, 0, data, 0, data.readableBytes());
  }

  private static byte[] ids(AssetMeta meta) {
    String thread = meta.thread().isEmpty() ? "" : ",\"thread_id\":\"" + meta.thread() + '"';
    String run = meta.run().isEmpty() ? "" : ",\"run_id\":\"" + meta.run() + '"';
    return (thread + run).getBytes(US_ASCII);
  }
}
