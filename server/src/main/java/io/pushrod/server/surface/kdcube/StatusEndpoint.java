package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Row;

/// `POST /sse/conv_status.get`: how a conversation stands, as the answer and on the stream that is
/// named.
final class StatusEndpoint implements Endpoint {
  private final Row row;
  private final Hub hub;
  private final Visitors visitors;
  private final Doorkeeper door;
  private final Chat chat;

  StatusEndpoint(Row row, Hub hub, Visitors visitors, Doorkeeper door, Chat chat) {
    this.row = row;
    this.hub = hub;
    this.visitors = visitors;
    this.door = door;
    this.chat = chat;
  }

  @Override
  public void handle(Exchange exchange) {
    Shard shard = hub.of(exchange.channel().eventLoop());
    Moment now = Moment.of(shard);
    ByteBuf body = ChatEndpoint.kept(exchange);
    now.take(
        visitors.of(row, exchange, door, now),
        visitor -> tell(exchange, shard, visitor, ChatEndpoint.body(body)),
        why -> Answers.refuse(exchange, why));
  }

  private void tell(Exchange exchange, Shard shard, Visitor visitor, Node body) {
    Sender sender = ChatEndpoint.sender(row, exchange, visitor, body.text("stream_id"));
    chat.status(
        shard,
        sender,
        body.text("conversation_id"),
        body.text("bundle_id"),
        standing -> {
          if (standing == null) {
            Answers.refuse(
                exchange, new RequestException(ErrorCode.NOT_FOUND, "Conversation not found"));
          } else {
            exchange.respondJson(200, standing);
          }
        },
        why -> Answers.refuse(exchange, why));
  }
}
