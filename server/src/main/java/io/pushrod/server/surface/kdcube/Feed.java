package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.dialect.KdcubeEnvelopes.Event;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Publication;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.PublicationIntake;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Publishes what the surface itself says to a session.
///
/// **Thread:** any; immutable.
final class Feed {
  private final PublicationIntake intake;

  Feed(PublicationIntake intake) {
    this.intake = intake;
  }

  /// Publishes events, in their order.
  ///
  /// @param then runs on `shard` with where the last event stands, as a task of its own, so that
  ///   streams of the same shard have been given them; null when there was no room for them
  void publish(
      Shard shard, UserSession session, List<Event> events, Consumer<@Nullable Cursor> then) {
    Batch batch;
    try {
      batch =
          new Batch(
                  publications(shard, session, events),
                  Unpooled.EMPTY_BUFFER,
                  done -> shard.loop().execute(() -> then.accept(last(done))))
              .awaited();
    } catch (RequestException e) {
      then.accept(null);
      return;
    }
    if (!shard.publish(batch)) {
      batch.discard();
      then.accept(null);
    }
  }

  private List<Publication> publications(Shard shard, UserSession session, List<Event> events) {
    Identity house = house(session.tenant());
    List<Publication> all = new ArrayList<>(events.size());
    for (Event event : events) {
      ByteBuf request = Unpooled.buffer(event.data().length() + 128);
      new JsonObjectWriter(request)
          .text("topic", session.topic())
          .text("type", event.type())
          .raw("data", event.data())
          .end();
      PublishRequest parsed = PublishRequest.parse(request, 0, request.readableBytes());
      all.add(intake.take(parsed, house, shard.metrics()));
    }
    return all;
  }

  /// The surface itself, in a tenant.
  private static Identity house(String tenant) {
    return new Identity(
        tenant,
        "",
        Set.of(),
        Grants.NONE,
        Grants.of(List.of("session/*")),
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }

  private static @Nullable Cursor last(Batch done) {
    int last = done.publications().size() - 1;
    for (int i = 0; i <= last; i++) {
      if (Appended.isFailure(done.outcome(i, 0))) {
        return null;
      }
    }
    return new Cursor(done.epoch(last, 0), done.outcome(last, 0));
  }
}
