package io.pushrod.server.transport.ingest;

import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.run.Desks;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.DeclarationIntake;
import org.jspecify.annotations.Nullable;

/// Lets clients in by what their hello says, gives each a seat and what it needs to publish and to
/// work; takes back what it gave. One for all connections of a listener.
///
/// **Thread:** any; each connection's own.
final class Entrance {
  private static final ConnectionLog LOG = ConnectionLog.of(Entrance.class);

  /// What becomes of a hello.
  sealed interface Answer {
    record Welcome(Greeted who) implements Answer {}

    /// @param seated who has a seat all the same, until [Entrance#leaveSeat]; null for nobody
    record Refused(CloseReason reason, @Nullable Identity seated) implements Answer {}
  }

  private final IngestSettings settings;
  private final Access access;
  private final EventTypes types;
  private final EventSchemas schemas;
  private final Producers producers;
  private final Quotas quotas;
  private final Desks desks;

  Entrance(
      IngestSettings settings,
      Access access,
      EventTypes types,
      EventSchemas schemas,
      Producers producers,
      Quotas quotas,
      Desks desks) {
    this.settings = settings;
    this.access = access;
    this.types = types;
    this.schemas = schemas;
    this.producers = producers;
    this.quotas = quotas;
    this.desks = desks;
  }

  IngestSettings settings() {
    return settings;
  }

  /// Identifies a client. Who is welcome has a seat and holds its producer until [#leave] and
  /// [#leaveSeat].
  Answer greet(IngestFrame.Hello hello, IngestConnection by, Channel channel, Shard shard) {
    Identity own;
    Identity acting;
    try {
      own = access.identify(shard.metrics(), hello.token());
      acting = access.acting(shard.metrics(), own, hello.tenant());
    } catch (RequestException e) {
      LOG.refused(channel, e.code().label());
      return new Answer.Refused(Access.closeReason(e.code()), null);
    }
    if (acting.publish().isNone() && acting.own().isNone()) {
      shard.metrics().count(Counter.AUTH_GRANT);
      return new Answer.Refused(CloseReason.FORBIDDEN, null);
    }
    Counter usedUp = quotas.users().take(acting.tenant(), acting.user());
    if (usedUp != null) {
      shard.metrics().count(usedUp);
      return new Answer.Refused(CloseReason.TOO_MANY_CONNECTIONS, null);
    }
    Producers.State state =
        producers.register(acting.tenant(), hello.producer(), hello.epoch(), by);
    if (state == null) {
      return new Answer.Refused(CloseReason.FENCED, acting);
    }
    return new Answer.Welcome(
        new Greeted(own, acting, new Producer(hello.producer(), hello.epoch()), state));
  }

  /// A client is gone: its producer is free.
  void leave(Greeted who, IngestConnection by) {
    producers.release(who.state(), by);
  }

  /// The seat of a client that is gone, or was refused behind it, is free.
  void leaveSeat(Identity seated) {
    quotas.users().giveBack(seated.tenant(), seated.user());
  }

  PublishLane lane(Greeted who, PublishLane.Owner owner, Shard shard, FrameOutbox outbox) {
    return new PublishLane(
        owner,
        shard,
        who,
        access,
        new EventIntake(
            who,
            types,
            new DeclarationIntake(types, shard.readership()),
            desks::judge,
            schemas,
            settings.eventBytes()),
        quotas.rates(),
        outbox,
        new InFlightFrames(
            settings.windowBytes(),
            settings.windowEvents(),
            settings.frameBytes(),
            shard.memory()));
  }

  WorkerDuties duties(Greeted who, IngestConnection of, Shard shard, FrameOutbox outbox) {
    return new WorkerDuties(of, shard, who, desks, settings, outbox);
  }
}
