package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.http.BodySource;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;
import org.jspecify.annotations.Nullable;

/// `GET /v1/topics/{topic...}/events`: a page of a topic's history, read from the log as fast as
/// the peer takes it.
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
        start,
        log -> {
          if (shard.readership().admits(identity, topic, log)) {
            exchange.streamJson(200, new Body(exchange, shard, identity, topic, log, start, limit));
          } else {
            exchange.metrics().count(Counter.AUTH_GRANT);
            exchange.respondError(NativeSurface.notFound(topic));
          }
        });
  }

  /// The page as an object, made as fast as it is read.
  private static final class Body implements BodySource {
    private final Shard shard;
    private final Identity identity;
    private final String topic;
    private final @Nullable TopicLog log;
    private final @Nullable HistoryPage page;
    private final StartPoint start;
    private boolean begun;

    Body(
        Exchange exchange,
        Shard shard,
        Identity identity,
        String topic,
        @Nullable TopicLog log,
        StartPoint start,
        int limit) {
      this.shard = shard;
      this.identity = identity;
      this.topic = topic;
      this.log = log;
      this.start = start;
      long nowMillis = shard.clock().millis();
      this.page =
          log == null ? null : new HistoryPage(log, start, limit, nowMillis, exchange.metrics());
    }

    @Override
    public boolean appendTo(ByteBuf out) {
      HistoryPage.End end = begun && page != null ? page.end() : HistoryPage.none(start);
      if (!begun) {
        begun = true;
        begin(out);
      }
      if (page != null) {
        int before = out.writerIndex();
        boolean more = page.append(out, PIECE_BYTES);
        // After reading, so that nothing is told that was published for others.
        if (!shard.readership().admits(identity, topic, log)) {
          out.writerIndex(before);
        } else if (more) {
          return true;
        } else {
          end = page.end();
        }
      }
      out.writeByte(']');
      JsonObjectWriter.resume(out).text("cursor", end.cursor()).bool("more", end.more()).end();
      return false;
    }

    private void begin(ByteBuf out) {
      JsonObjectWriter head = new JsonObjectWriter(out).text("topic", topic);
      if (log != null) {
        head.text("epoch", Cursor.epochText(log.epoch()))
            .number("first", log.firstSequence())
            .number("last", log.lastSequence());
      }
      head.name("events");
      out.writeByte('[');
    }
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
