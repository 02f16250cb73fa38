package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Row;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One request of somebody who was let in.
///
/// **Thread:** the exchange's loop.
record Call(Exchange exchange, Row row, Caller caller, Shard shard, Threads threads, Json body) {
  private static final String JSON = "application/json";

  /// The body; an empty object when there is none.
  ///
  /// @throws RequestException for one that is no JSON
  static Json body(Exchange exchange) {
    ByteBuf body = exchange.body();
    return body.isReadable()
        ? Json.parse("body", body, body.readerIndex(), body.readableBytes())
        : Json.EMPTY;
  }

  Identity who() {
    return caller.who();
  }

  Context context() {
    return caller.context();
  }

  /// The row's topic.
  ///
  /// @throws Refusal 404 when the path names none
  String topic(String kind) {
    return topic(row, exchange, kind);
  }

  static String topic(Row row, Exchange exchange, String kind) {
    String topic = row.topics().getFirst().template().expand(exchange.pathParameters()::get);
    if (topic == null) {
      throw new Refusal(Envelope.notFound(kind));
    }
    return topic;
  }

  /// Whether the caller may read a topic, if it exists.
  boolean mayRead(String topic) {
    return shard.readership().isOwned(topic) || who().subscribe().allows(topic);
  }

  void respond(String json) {
    exchange.respondJson(200, json);
  }

  void refuse(Envelope why) {
    refuse(exchange, why);
  }

  /// Answers with the envelope; who is told to come back is told when.
  static void refuse(Exchange exchange, Envelope why) {
    List<CharSequence> headers = new ArrayList<>();
    headers.add(HttpHeaderNames.CACHE_CONTROL);
    headers.add("no-store");
    if (why.status() == 401) {
      headers.add(HttpHeaderNames.WWW_AUTHENTICATE);
      headers.add("Bearer");
    } else if (why.status() == 429 || why.status() == 503) {
      headers.add(HttpHeaderNames.RETRY_AFTER);
      headers.add("1");
    }
    exchange.respond(
        why.status(),
        JSON,
        Unpooled.wrappedBuffer(why.json().getBytes(UTF_8)),
        headers.toArray(CharSequence[]::new));
  }

  /// Does something that may refuse, and says so.
  static void attempt(Exchange exchange, @Nullable String kind, Runnable step) {
    try {
      step.run();
    } catch (Refusal e) {
      refuse(exchange, e.envelope());
    } catch (RequestException e) {
      exchange.metrics().httpError(e.code());
      refuse(exchange, Envelope.of(e, kind));
    }
  }
}
