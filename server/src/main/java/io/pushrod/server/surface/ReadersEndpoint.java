package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.log.Publication;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;
import java.util.List;

/// `PUT` and `DELETE /v1/topics/{topic...}/readers`: declares who may read a topic, and withdraws
/// that.
public final class ReadersEndpoint {
  private static final ByteBuf WITHDRAWAL =
      Unpooled.unreleasableBuffer(
          Unpooled.wrappedBuffer(new byte[] {'n', 'u', 'l', 'l'}).asReadOnly());

  private final Hub hub;
  private final Access access;
  private final DeclarationIntake intake;
  private final int eventBytes;

  /// @param eventBytes the longest declaration
  public ReadersEndpoint(Hub hub, Access access, DeclarationIntake intake, int eventBytes) {
    this.hub = hub;
    this.access = access;
    this.intake = intake;
    this.eventBytes = eventBytes;
  }

  public void addTo(Router router) {
    String path = "/v1/topics/{topic...}/readers";
    router.add(HttpMethod.PUT, path, exchange -> declare(exchange, exchange.body()));
    router.add(HttpMethod.DELETE, path, exchange -> declare(exchange, WITHDRAWAL));
  }

  private void declare(Exchange exchange, ByteBuf readers) {
    Identity identity = access.require(exchange);
    access.check(exchange.metrics(), identity, Action.PUBLISH);
    String topic = TopicName.checked(exchange.pathParameter("topic"));
    int length = readers.readableBytes();
    if (length > eventBytes) {
      exchange.metrics().count(Counter.LIMIT_EVENT_BYTES);
      throw new RequestException(
          ErrorCode.TOO_LARGE, "readers: " + length + " bytes (expected: <= " + eventBytes + ")");
    }
    Publication declaration =
        intake.take(
            identity,
            List.of(topic),
            readers,
            readers.readerIndex(),
            length,
            0,
            exchange.metrics());
    Batch batch =
        new Batch(List.of(declaration), Unpooled.EMPTY_BUFFER, done -> answer(exchange, done))
            .awaited();
    if (!hub.of(exchange.channel().eventLoop()).publish(batch)) {
      throw NativeSurface.overloaded();
    }
  }

  private static void answer(Exchange exchange, Batch done) {
    try {
      var _ = NativeSurface.published(done, 0);
      exchange.respondEmpty(204);
    } catch (RequestException e) {
      exchange.respondError(e);
    }
  }
}
