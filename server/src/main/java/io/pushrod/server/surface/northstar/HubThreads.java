package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.guard.Action;
import io.pushrod.server.guard.KillSwitch;
import io.pushrod.server.guard.Scope;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.Request;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeSurface;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Threads and canvases as topics of the hub.
///
/// One exists once it was declared, as threads are when they are created, or published to; it ends
/// with its declaration, or else when nothing of it is stored any more and nobody reads it.
///
/// **Thread:** its shard.
final class HubThreads implements Threads {
  private static final String RESUME = "resume-";

  private final Shard shard;
  private final Equipment equipment;
  private final int lookup;

  /// @param lookup how many stored events are searched for a message's own id
  HubThreads(Shard shard, Equipment equipment, int lookup) {
    this.shard = shard;
    this.equipment = equipment;
    this.lookup = lookup;
  }

  // Finding.

  @Override
  public void find(
      Identity who, String topic, @Nullable String cursor, Consumer<@Nullable Found> found) {
    shard.read(
        new TopicKey(who.tenant(), topic),
        log -> {
          if (log == null || !exists(log) || !shard.readership().admits(who, topic, log)) {
            shard.metrics().count(Counter.AUTH_GRANT);
            found.accept(null);
          } else {
            Cursor end = new Cursor(log.epoch(), log.lastSequence());
            start(log, cursor, start -> found.accept(new Found(start, end)));
          }
        });
  }

  private static boolean exists(TopicLog log) {
    Readers readers = log.readers();
    return log.lastSequence() > 0 || (readers != null && readers.declared());
  }

  private void start(TopicLog log, @Nullable String cursor, Consumer<@Nullable StartPoint> found) {
    if (cursor == null) {
      found.accept(StartPoint.EARLIEST);
      return;
    }
    String spelled = cursor.startsWith(RESUME) ? cursor.substring(RESUME.length()) : cursor;
    Cursor after = parsed(spelled);
    if (after != null && isOf(log, after)) {
      found.accept(new StartPoint.After(after));
      return;
    }
    OwnIds.find(
        shard,
        log,
        spelled,
        lookup,
        own -> found.accept(own == 0 ? null : new StartPoint.After(new Cursor(log.epoch(), own))));
  }

  private static boolean isOf(TopicLog log, Cursor after) {
    return log.continues(after) && after.sequence() + 1 >= log.firstSequence();
  }

  private static @Nullable Cursor parsed(String text) {
    try {
      return Cursor.parse(text);
    } catch (RequestException e) {
      return null;
    }
  }

  // Publishing.

  @Override
  public void post(Identity who, Post post, Answer answer) {
    try {
      checkServing();
      checkSwitches(who, post);
      ByteBuf request = post.publication();
      Publication publication =
          equipment
              .services()
              .intake()
              .take(
                  PublishRequest.parse(request, 0, request.readableBytes()), who, shard.metrics());
      long waitNanos =
          equipment.services().quotas().rates().take(who.tenant(), 1, shard.clock().nanos());
      if (waitNanos > 0) {
        shard.metrics().count(Counter.QUOTA_PUBLISHES);
        long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1;
        throw new RequestException(ErrorCode.RATE_LIMITED, NativeSurface.rateLimited(waitMillis));
      }
      long millis = shard.clock().millis();
      publish(publication, done -> posted(who, post, done, millis, answer));
    } catch (Refusal e) {
      answer.refused(e.envelope());
    } catch (RequestException e) {
      shard.metrics().rejected(e.code());
      answer.refused(Envelope.of(e, "chat"));
    }
  }

  private void checkServing() {
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      throw new RequestException(
          ErrorCode.UNAVAILABLE, "publish: server is shutting down (expected: another server)");
    }
  }

  private void checkSwitches(Identity who, Post post) {
    KillSwitch off = equipment.switches().find(who.tenant(), Scope.ACTION, post.action().label());
    if (off != null) {
      shard.metrics().count(Counter.AUTH_KILL_SWITCH);
      throw new Refusal(Envelope.switchedOff(post.action().label(), "chat"));
    }
    Action action = post.isMessage() ? Action.MESSAGE_SEND : Action.PUBLISH;
    equipment.services().access().check(shard.metrics(), who, action);
  }

  private void publish(Publication publication, Batch.Completion then) {
    if (!shard.publish(new Batch(List.of(publication), Unpooled.EMPTY_BUFFER, then).awaited())) {
      throw new RequestException(
          ErrorCode.OVERLOADED, "publish: no room (expected: again in a moment)");
    }
  }

  private void posted(Identity who, Post post, Batch done, long millis, Answer answer) {
    Cursor cursor;
    try {
      cursor = NativeSurface.published(done, 0).getFirst().cursor();
    } catch (RequestException e) {
      answer.refused(Envelope.of(e, "chat"));
      return;
    }
    if (post.isMessage()) {
      offer(who, post, cursor);
    }
    answer.posted(cursor, millis);
  }

  /// To a worker that takes messages of the thread now; the thread has it in any case.
  private void offer(Identity who, Post post, Cursor cursor) {
    String payload = post.data();
    if (payload.length() <= equipment.services().desks().settings().inputBytes()) {
      equipment
          .services()
          .desks()
          .offer(
              who,
              new Request(
                  IngestFrame.Request.Kind.MESSAGE,
                  post.topic(),
                  UUID.randomUUID().toString(),
                  who.user(),
                  List.of(post.topic()),
                  Map.of(IdField.REQUEST_ID, post.request(), IdField.STEP_ID, cursor.toString()),
                  payload));
    }
  }

  // Presence.

  @Override
  public void announce(Context who, String topic, Runnable then) {
    ByteBuf data = Unpooled.buffer(128);
    JsonObjectWriter json =
        new JsonObjectWriter(data)
            .text("status", "online")
            .text("user_id", who.user())
            .name("_routing");
    Post.routing(data, who, true);
    json.end();
    Publication signal =
        new Publication(
            new TopicKey[] {new TopicKey(who.tenant(), topic)},
            equipment.types().of("presence_state", null),
            ids(who),
            0,
            0,
            data,
            0,
            data.readableBytes());
    // One turn later, as what was told to the readers of this shard waits for its next one.
    Runnable later = () -> shard.loop().execute(then);
    if (!shard.publish(new Batch(List.of(signal), Unpooled.EMPTY_BUFFER, _ -> later.run()))) {
      then.run();
    }
  }

  private static byte[] ids(Context who) {
    return (",\"request_id\":\"" + who.request() + '"').getBytes(US_ASCII);
  }

  /// What threads are made of here.
  static Publication declaration(String tenant, String topic, EventTypes types, Readers readers) {
    return Publication.declaring(
        new TopicKey[] {new TopicKey(tenant, topic)},
        types.of(TypeName.TOPIC_READERS, null),
        0,
        readers);
  }
}
