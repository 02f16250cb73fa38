package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.command.SendRequest;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.Request;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.session.Identity;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// `POST /v1/topics/{topic...}/messages`: hands a message to whoever takes the topic's inbox. 202
/// once a worker or the queue has it.
public final class MessageEndpoint implements Endpoint {
  private final Hub hub;
  private final Access access;
  private final Desks desks;
  private final MessageIntake intake;

  public MessageEndpoint(Hub hub, Access access, Desks desks) {
    this.hub = hub;
    this.access = access;
    this.desks = desks;
    this.intake = new MessageIntake(access, desks);
  }

  @Override
  public void handle(Exchange exchange) {
    Identity who = access.require(exchange);
    EventLoop loop = exchange.channel().eventLoop();
    NativeSurface.checkServing(hub.of(loop));
    ByteBuf body = exchange.body();
    SendRequest message =
        SendRequest.parse(
            TopicName.checked(exchange.pathParameter("topic")),
            body,
            body.readerIndex(),
            body.readableBytes());
    Request request = intake.take(message, who, exchange.metrics());
    desks.send(
        who, request, refused -> loop.execute(() -> answer(exchange, request.id(), refused)));
  }

  private static void answer(Exchange exchange, String id, RunAnswer.@Nullable Refused refused) {
    if (refused == null) {
      ByteBuf out = exchange.channel().alloc().directBuffer(64);
      new JsonObjectWriter(out).text("id", id).end();
      exchange.respondJson(202, out);
    } else if (refused.retryAfterMillis() > 0) {
      exchange.respondError(
          refused.code(),
          refused.message(),
          HttpHeaderNames.RETRY_AFTER,
          Long.toString(TimeUnit.MILLISECONDS.toSeconds(refused.retryAfterMillis() + 999)));
    } else {
      exchange.respondError(refused.code(), refused.message());
    }
  }
}
