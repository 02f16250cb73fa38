package io.pushrod.server.surface.guard;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.guard.AuditTopics;
import io.pushrod.server.guard.KillSwitch;
import io.pushrod.server.guard.Switchboard.Change;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/// The topic `audit/kill-switches` of each tenant: an event `kill_switch` for each set and lift.
///
/// A server without room does not take the event; the audit log has the act all the same.
///
/// **Thread:** any.
public final class AuditTopic {
  private static final String TYPE = "kill_switch";

  private final Hub hub;
  private final EventTypes types;

  public AuditTopic(Hub hub, EventTypes types) {
    this.hub = hub;
    this.types = types;
  }

  public void record(Change change) {
    Shard shard = hub.shards().getFirst();
    try {
      shard.loop().execute(() -> publish(shard, change));
    } catch (RejectedExecutionException e) {
      // The server has ended.
    }
  }

  private void publish(Shard shard, Change change) {
    ByteBuf data = Unpooled.buffer();
    write(data, change);
    Publication event =
        new Publication(
            new TopicKey[] {new TopicKey(change.what().tenant(), AuditTopics.KILL_SWITCHES)},
            types.of(TYPE, null),
            Publication.NO_IDS,
            0,
            0,
            data,
            data.readerIndex(),
            data.readableBytes());
    var _ = shard.publish(new Batch(List.of(event), Unpooled.EMPTY_BUFFER, _ -> {}));
  }

  private static void write(ByteBuf out, Change change) {
    KillSwitch what = change.what();
    new JsonObjectWriter(out)
        .text("action", change.set() ? "set" : "lifted")
        .text("scope", what.scope().label())
        .text("id", what.id())
        .text("by", change.by())
        .text("reason", what.reason())
        .end();
  }
}
