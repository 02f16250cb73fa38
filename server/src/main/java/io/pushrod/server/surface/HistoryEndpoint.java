package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;
import org.jspecify.annotations.Nullable;

/// `GET /v1/topics/{topic...}/events`: a page of a topic's history.
public final class HistoryEndpoint implements Endpoint {
  private final Hub hub;
  private final Access access;
  private final SurfaceSettings settings;

  public HistoryEndpoint(Hub hub, Access access, SurfaceSettings settings) {
    this.hub = hub;
    this.access = access;
    this.settings = settings;
  }

  @Override
  public void handle(Exchange exchange) {
    Identity identity = access.require(exchange);
    String topic = TopicName.checked(exchange.pathParameter("topic"));
    Shard shard = hub.of(exchange.channel().eventLoop());
    NativeSurface.checkGrant(shard.readership(), identity, topic, exchange.metrics());
    StartPoint start = StartQuery.parse(exchange.query(), StartPoint.EARLIEST);
    int limit = limit(exchange);
    shard.read(
        new TopicKey(identity.tenant(), topic),
        log -> {
          ByteBuf out = exchange.channel().alloc().directBuffer();
          write(exchange, out, topic, log, start, limit);
          // After reading, so that nothing is told that was published for others.
          if (shard.readership().admits(identity, topic, log)) {
            exchange.respondJson(200, out);
          } else {
            out.release();
            exchange.metrics().count(Counter.AUTH_GRANT);
            exchange.respondError(NativeSurface.notFound(topic));
          }
        });
  }

  private void write(
      Exchange exchange,
      ByteBuf out,
      String topic,
      @Nullable TopicLog log,
      StartPoint start,
      int limit) {
    JsonObjectWriter page = new JsonObjectWriter(out).text("topic", topic);
    if (log != null) {
      page.text("epoch", Cursor.epochText(log.epoch()))
          .number("first", log.firstSequence())
          .number("last", log.lastSequence());
    }
    page.name("events");
    out.writeByte('[');
    long now = hub.of(exchange.channel().eventLoop()).clock().millis();
    HistoryPage.End end = HistoryPage.write(out, log, start, limit, now, exchange.metrics());
    out.writeByte(']');
    page.text("cursor", end.cursor()).bool("more", end.more()).end();
  }

  private int limit(Exchange exchange) {
    String text = exchange.query().first("limit");
    if (text == null) {
      return Math.min(HistoryPage.DEFAULT_EVENTS, settings.historyEvents());
    }
    int wanted;
    try {
      wanted = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      wanted = 0;
    }
    if (wanted < 1) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "limit: invalid (expected: 1-" + settings.historyEvents() + ")");
    }
    if (wanted > settings.historyEvents()) {
      exchange.metrics().count(Counter.LIMIT_HISTORY_PAGE_EVENTS);
    }
    return Math.min(wanted, settings.historyEvents());
  }
}
