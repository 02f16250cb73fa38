package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.command.PresenceReplies;
import io.pushrod.server.guard.Action;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Identity;

/// `GET /v1/topics/{topic...}/presence`: who is on a topic, a page of users at a time.
public final class PresenceEndpoint implements Endpoint {
  private final Hub hub;
  private final Access access;

  public PresenceEndpoint(Hub hub, Access access) {
    this.hub = hub;
    this.access = access;
  }

  @Override
  public void handle(Exchange exchange) {
    Identity identity = access.require(exchange);
    access.check(exchange.metrics(), identity, Action.SUBSCRIBE);
    String topic = TopicName.checked(exchange.pathParameter("topic"));
    Shard shard = hub.of(exchange.channel().eventLoop());
    NativeSurface.checkGrant(shard.readership(), identity, topic, exchange.metrics());
    String after = exchange.query().first("after");
    shard
        .presence()
        .ask(
            new TopicKey(identity.tenant(), topic),
            after == null ? "" : after,
            PresenceCommands.limit(wanted(exchange), shard),
            (log, page) -> {
              if (shard.readership().admits(identity, topic, log)) {
                ByteBuf out = exchange.channel().alloc().directBuffer(256);
                PresenceReplies.page(out, topic, page);
                exchange.respondJson(200, out);
              } else {
                exchange.metrics().count(Counter.AUTH_GRANT);
                exchange.respondError(NativeSurface.notFound(topic));
              }
            });
  }

  /// 0 when not said.
  private static int wanted(Exchange exchange) {
    String text = exchange.query().first("limit");
    if (text == null) {
      return 0;
    }
    if (!text.matches("[1-9][0-9]{0,8}")) {
      throw new RequestException(
          ErrorCode.BAD_REQUEST, "limit: invalid (expected: a whole number, at least 1)");
    }
    return Integer.parseInt(text);
  }
}
