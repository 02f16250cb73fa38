package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.PublishRequest;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Publication;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// `POST /v1/publish`: one event as a JSON object, or many as lines of JSON (NDJSON).
///
/// One object that is refused is an error status. Of many lines each gets its own line of answer,
/// and the good ones stand whatever the others are. Only a tenant that publishes too fast is
/// refused as a whole, before anything is published.
public final class PublishEndpoint implements Endpoint {
  private static final String NDJSON = "application/x-ndjson";

  private final Hub hub;
  private final Access access;
  private final PublicationIntake intake;
  private final PublishRates rates;

  public PublishEndpoint(Hub hub, Access access, PublicationIntake intake, PublishRates rates) {
    this.hub = hub;
    this.access = access;
    this.intake = intake;
    this.rates = rates;
  }

  /// One line: a place in the batch, or why it was refused.
  private record Line(int place, @Nullable RequestException refusal) {}

  @Override
  public void handle(Exchange exchange) {
    Identity identity = access.require(exchange);
    access.check(exchange.metrics(), identity, Action.PUBLISH);
    Shard shard = hub.of(exchange.channel().eventLoop());
    NativeSurface.checkServing(shard);
    ByteBuf body = exchange.body();
    List<Publication> publications = new ArrayList<>();
    List<Line> lines = new ArrayList<>();
    int at = body.readerIndex();
    int end = body.writerIndex();
    boolean single = isSingle(exchange, body);
    while (at < end) {
      int newline = single ? -1 : body.indexOf(at, end, (byte) '\n');
      int stop = newline < 0 ? end : newline;
      if (!isBlank(body, at, stop)) {
        lines.add(take(exchange, identity, body, at, stop - at, publications));
      }
      at = stop + 1;
    }
    if (lines.isEmpty()) {
      throw new RequestException(ErrorCode.BAD_REQUEST, "body: empty (expected: an event)");
    }
    RequestException refusal = lines.getFirst().refusal();
    if (single && refusal != null) {
      throw refusal;
    }
    long waitNanos = rates.take(identity.tenant(), publications.size(), shard.clock().nanos());
    if (waitNanos > 0) {
      refuseRate(exchange, waitNanos);
      return;
    }
    Batch batch =
        new Batch(
                publications, Unpooled.EMPTY_BUFFER, done -> answer(exchange, done, lines, single))
            .awaited();
    if (!shard.publish(batch)) {
      throw NativeSurface.overloaded();
    }
  }

  private static void refuseRate(Exchange exchange, long waitNanos) {
    exchange.metrics().count(Counter.QUOTA_PUBLISHES);
    exchange.metrics().rejected(ErrorCode.RATE_LIMITED);
    exchange.respondError(
        ErrorCode.RATE_LIMITED,
        NativeSurface.rateLimited(TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1),
        HttpHeaderNames.RETRY_AFTER,
        Long.toString(TimeUnit.NANOSECONDS.toSeconds(waitNanos) + 1));
  }

  /// One object may span lines; several lines that are objects each are a batch.
  private static boolean isSingle(Exchange exchange, ByteBuf body) {
    String type = exchange.header("content-type");
    if (type != null && type.startsWith(NDJSON)) {
      return false;
    }
    int end = body.writerIndex();
    int brace = -1;
    for (int i = body.readerIndex(); i < end && brace < 0; i++) {
      if (body.getByte(i) == '\n') {
        brace = i;
      }
    }
    while (brace >= 0 && brace < end) {
      byte b = body.getByte(brace);
      if (b != '\n' && b != '\r' && b != ' ' && b != '\t') {
        return b != '{';
      }
      brace++;
    }
    return true;
  }

  private Line take(
      Exchange exchange,
      Identity identity,
      ByteBuf body,
      int offset,
      int length,
      List<Publication> publications) {
    try {
      PublishRequest request = PublishRequest.parse(body, offset, length);
      publications.add(intake.take(request, identity, exchange.metrics()));
      return new Line(publications.size() - 1, null);
    } catch (RequestException e) {
      exchange.metrics().rejected(e.code());
      if (e.code() == ErrorCode.TOO_MANY_TOPICS) {
        exchange.metrics().count(Counter.LIMIT_TOPICS_PER_PUBLISH);
      }
      return new Line(-1, e);
    }
  }

  private static void answer(Exchange exchange, Batch done, List<Line> lines, boolean single) {
    RequestException only = single ? PublishOutcome.of(done, lines.getFirst().place()) : null;
    if (only != null) {
      exchange.respondError(only);
      return;
    }
    ByteBuf out = exchange.channel().alloc().directBuffer(64 * lines.size() + 64);
    for (Line line : lines) {
      RequestException before = line.refusal();
      RequestException refusal = before == null ? PublishOutcome.of(done, line.place()) : before;
      if (refusal == null) {
        Replies.published(out, NativeSurface.published(done, line.place()));
      } else {
        Replies.httpError(out, refusal.code(), String.valueOf(refusal.getMessage()));
      }
      if (!single) {
        out.writeByte('\n');
      }
    }
    if (single) {
      exchange.respondJson(200, out);
    } else {
      exchange.respond(200, NDJSON, out);
    }
  }

  private static boolean isBlank(ByteBuf body, int from, int to) {
    for (int i = from; i < to; i++) {
      if (body.getByte(i) > ' ' || body.getByte(i) < 0) {
        return false;
      }
    }
    return true;
  }
}
