package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.multipart.MultipartReader;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.auth.Credential.Lookup;
import io.pushrod.server.http.BodyLimit;
import io.pushrod.server.http.Endpoint;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.surface.route.Doorkeeper;
import io.pushrod.server.surface.route.Row;
import org.jspecify.annotations.Nullable;

/// `POST /sse/chat`: a message, answered once a worker's inbox has it; everything else comes by the
/// stream.
final class ChatEndpoint implements Endpoint {
  private static final String FORM = "multipart/form-data";

  private final Row row;
  private final Hub hub;
  private final Visitors visitors;
  private final Doorkeeper door;
  private final Chat chat;
  private final KdcubeSettings settings;
  private final Assets assets;
  private final long uploadNanos;
  private final int fieldBytes;

  /// @param uploadNanos from the begin of a message with files to its end
  /// @param fieldBytes of what such a message has besides files
  ChatEndpoint(
      Row row,
      Hub hub,
      Visitors visitors,
      Doorkeeper door,
      Chat chat,
      KdcubeSettings settings,
      Assets assets,
      long uploadNanos,
      int fieldBytes) {
    this.row = row;
    this.hub = hub;
    this.visitors = visitors;
    this.door = door;
    this.chat = chat;
    this.settings = settings;
    this.assets = assets;
    this.uploadNanos = uploadNanos;
    this.fieldBytes = fieldBytes;
  }

  /// Files are never gathered in memory.
  @Override
  public boolean streamsBody(Exchange exchange) {
    String type = exchange.header(HttpHeaderNames.CONTENT_TYPE);
    return type != null && type.regionMatches(true, 0, FORM, 0, FORM.length());
  }

  @Override
  public void handle(Exchange exchange) {
    Shard shard = hub.of(exchange.channel().eventLoop());
    String streamId = KdcubeDialect.streamId(exchange);
    Moment now = Moment.of(shard);
    ByteBuf body = kept(exchange);
    now.take(
        visitors.of(row, exchange, door, now),
        visitor -> admit(exchange, shard, sender(row, exchange, visitor, streamId), body),
        why -> Answers.refuse(exchange, why));
  }

  private void admit(Exchange exchange, Shard shard, Sender sender, ByteBuf body) {
    String boundary = MultipartReader.boundary(exchange.header(HttpHeaderNames.CONTENT_TYPE));
    Moment.of(shard)
        .take(
            chat.admit(shard, sender),
            refused -> {
              if (refused != null) {
                answer(exchange, refused);
              } else if (boundary != null) {
                receive(exchange, shard, sender, boundary);
              } else {
                Submission what = Submission.of(body(body));
                chat.send(shard, sender, what, "[]", outcome -> answer(exchange, outcome));
              }
            },
            why -> Answers.refuse(exchange, why));
  }

  /// The body, for as long as it is wanted; nobody releases it.
  static ByteBuf kept(Exchange exchange) {
    return Unpooled.wrappedBuffer(ByteBufUtil.getBytes(exchange.body()));
  }

  private void receive(Exchange exchange, Shard shard, Sender sender, String boundary) {
    ChatForm form =
        new ChatForm(exchange, shard, sender, chat, assets, settings, boundary, fieldBytes);
    long bytes = settings.messageBytes() + fieldBytes + ChatForm.OVERHEAD_BYTES;
    exchange.receive(new BodyLimit(bytes, uploadNanos, Counter.LIMIT_MESSAGE_BYTES), form);
  }

  static Node body(ByteBuf body) {
    try {
      return Node.parse(body);
    } catch (RequestException e) {
      throw new RequestException(ErrorCode.BAD_JSON, "Invalid JSON body");
    }
  }

  static Sender sender(Row row, Exchange exchange, Visitor visitor, @Nullable String streamId) {
    Lookup query = exchange.query()::first;
    return new Sender(
        visitor,
        Labels.of(row, query),
        streamId,
        row.config().path(),
        Carried.firstSaid(exchange.header("X-User-Timezone"), query.first("user_timezone")),
        Carried.firstSaid(
            exchange.header("X-User-UTC-Offset"), query.first("user_utc_offset_min")));
  }

  static void answer(Exchange exchange, Outcome outcome) {
    switch (outcome) {
      case Outcome.Accepted accepted -> exchange.respondJson(200, accepted.json());
      case Outcome.Refused refused ->
          Answers.refuse(exchange, refused.status(), refused.detail(), refused.retryAfterSeconds());
    }
  }
}
