package io.pushrod.server.surface.route;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.TopicPlaces;
import org.jspecify.annotations.Nullable;

/// A row that is a stream: lets its client in and opens the connection, or says why not.
final class SurfaceRoute implements Endpoint {
  private static final ConnectionLog LOG = ConnectionLog.of(SurfaceRoute.class);

  private final Row row;
  private final Dialect dialect;
  private final SurfaceServices services;
  private final SurfaceTransport transport;
  private final TopicPlaces places;

  /// @param places of all rows: who looks at a topic by one row takes the place of another's
  SurfaceRoute(
      Row row,
      Dialect dialect,
      SurfaceServices services,
      SurfaceTransport transport,
      TopicPlaces places) {
    this.row = row;
    this.dialect = dialect;
    this.services = services;
    this.transport = transport;
    this.places = places;
  }

  @Override
  public void handle(Exchange exchange) {
    transport.check(exchange);
    try {
      NativeSurface.checkMemory(services.hub().of(exchange.channel().eventLoop()));
      dialect.admit(row, exchange, services, who -> admitted(exchange, who));
    } catch (RequestException e) {
      refuse(exchange, e);
    }
  }

  /// The dialect may have taken its time.
  private void admitted(Exchange exchange, @Nullable Identity who) {
    if (hasLeft(exchange)) {
      return;
    }
    try {
      if (who != null) {
        services.access().check(exchange.metrics(), who, Action.SUBSCRIBE);
      }
      TopicTemplate snapshot = row.snapshot();
      if (who == null || snapshot == null || transport.tells(notFound())) {
        open(exchange, who);
      } else {
        openIfThere(exchange, who, snapshot);
      }
    } catch (RequestException e) {
      refuse(exchange, e);
    }
  }

  /// Whether the client has gone while it waited; its exchange then is over.
  private static boolean hasLeft(Exchange exchange) {
    boolean left = !exchange.channel().isActive();
    if (left) {
      exchange.respondEmpty(204);
    }
    return left;
  }

  private void open(Exchange exchange, @Nullable Identity who) {
    services.surface().takeAddress(exchange);
    transport.open(exchange, who, new Opening(row, dialect, services, places, exchange));
  }

  /// Once a stream has begun, it cannot be answered any more that there is none.
  private void openIfThere(Exchange exchange, Identity who, TopicTemplate snapshot) {
    String topic = snapshot.expand(Parameters.of(exchange, row)::get);
    Shard shard = services.hub().of(exchange.channel().eventLoop());
    if (topic == null || !shard.readership().mayRead(who, topic)) {
      throw notFound();
    }
    shard.read(
        new TopicKey(who.tenant(), topic),
        log -> {
          if (log == null) {
            openIf(false, exchange, who);
            return;
          }
          LatestEvent.find(
              shard,
              log,
              dialect.snapshotOf(row),
              snapshotEvent ->
                  openIf(
                      snapshotEvent != null && shard.readership().admits(who, topic, log),
                      exchange,
                      who));
        });
  }

  private void openIf(boolean there, Exchange exchange, Identity who) {
    if (hasLeft(exchange)) {
      return;
    }
    try {
      if (!there) {
        throw notFound();
      }
      open(exchange, who);
    } catch (RequestException e) {
      refuse(exchange, e);
    }
  }

  private static RequestException notFound() {
    return new RequestException(ErrorCode.NOT_FOUND, "snapshot: none (expected: one)");
  }

  private void refuse(Exchange exchange, RequestException why) {
    LOG.refused(exchange.channel(), why.code().label());
    if (transport.tells(why) && !dialect.answers(why)) {
      exchange.metrics().httpError(why.code());
      transport.refuse(exchange, row, Access.closeReason(why.code()), dialect.refusal(row, why));
    } else {
      dialect.refuse(row, exchange, why);
    }
  }
}
