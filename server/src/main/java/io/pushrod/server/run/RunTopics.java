package io.pushrod.server.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.TypeName;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.run.RunView.RunError;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// What a desk writes to the topics of one run.
///
/// Each method hands one event over; `written` runs on the desk's shard, with the outcome in the
/// run's own topic ([io.pushrod.server.log.Appended]). It is false when the owners of the topics
/// had no room: nothing was done.
///
/// **Thread:** the desk's shard.
final class RunTopics {
  static final String RUN_END = "run_end";
  static final String ERROR = "error";
  static final String CANCELLED = "cancelled";

  /// Elsewhere a heartbeat is a signal; here it has a sequence, as it has with Dockrion.
  private static final EventType HEARTBEAT =
      new EventTypes(Map.of("heartbeat", EventClass.PLAIN)).of("heartbeat", null);

  private final Desk desk;
  private final TopicKey own;
  private final TopicKey[] all;
  private final byte[] ids;

  RunTopics(Desk desk, Request request) {
    this.desk = desk;
    this.all =
        request.topics().stream()
            .map(name -> new TopicKey(desk.tenant(), name))
            .toArray(TopicKey[]::new);
    this.own = all[0];
    this.ids = EventData.ids(request.ids());
  }

  /// The run's own.
  TopicKey own() {
    return own;
  }

  /// Lets one user read.
  boolean declare(String user, LongConsumer written) {
    return publish(
        Publication.declaring(
            new TopicKey[] {own},
            desk.types().of(TypeName.TOPIC_READERS, null),
            0,
            new Readers(true, Set.of(user), Set.of())),
        written);
  }

  boolean begin(RunView run, LongConsumer written) {
    return write(
        lifecycle("run_start"),
        EventData.begin(run.agent(), run.user()),
        all,
        new LogRule.Keep(desk.settings().emitted()::admits),
        written);
  }

  boolean stalled(long silentMillis, LongConsumer written) {
    return write(lifecycle("stalled"), EventData.stalled(silentMillis), all, null, written);
  }

  boolean cancelling(CancelOrder order, LongConsumer written) {
    return write(lifecycle("cancelling"), EventData.cancelling(order), all, null, written);
  }

  boolean beat(LongConsumer written) {
    return write(HEARTBEAT, EventData.empty(), new TopicKey[] {own}, null, written);
  }

  /// Writes the last event.
  boolean end(RunAction.End end, String agent, long tookMillis, LongConsumer written) {
    RunError error = end.error();
    CancelOrder cancel = end.cancel();
    String type;
    ByteBuf data;
    if (error != null) {
      type = ERROR;
      data = EventData.failed(error, tookMillis);
    } else if (cancel != null) {
      type = CANCELLED;
      data = EventData.cancelled(cancel, tookMillis);
    } else {
      type = RUN_END;
      data = EventData.completed(end.output(), agent, tookMillis);
    }
    return write(lifecycle(type), data, all, new LogRule.Seal(), written);
  }

  private EventType lifecycle(String type) {
    return desk.types().of(type, EventClass.LIFECYCLE);
  }

  private boolean write(
      EventType type, ByteBuf data, TopicKey[] to, @Nullable LogRule rule, LongConsumer written) {
    Publication plain = new Publication(to, type, ids, 0, 0, data, 0, data.readableBytes());
    return publish(rule == null ? plain : plain.with(rule), written);
  }

  private boolean publish(Publication publication, LongConsumer written) {
    return desk.shard()
        .publish(
            new Batch(
                List.of(publication),
                Unpooled.EMPTY_BUFFER,
                done -> written.accept(done.outcome(0, 0))));
  }
}
