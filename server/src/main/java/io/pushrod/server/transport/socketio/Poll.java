package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.engineio.EngineError;
import io.pushrod.server.http.Exchange;

/// One request of a polling client, answered once from whatever thread its session lives on.
///
/// **Thread:** any.
final class Poll {
  static final String TEXT = "text/plain; charset=UTF-8";

  private final Exchange exchange;
  private final EventLoop loop;
  private final ChannelFutureListener gone;

  /// @param onGone told on the request's loop when its connection closes before the answer
  Poll(Exchange exchange, Runnable onGone) {
    this.exchange = exchange;
    this.loop = exchange.channel().eventLoop();
    this.gone = _ -> onGone.run();
    exchange.channel().closeFuture().addListener(gone);
  }

  /// @param text becomes ours
  void answer(ByteBuf text) {
    run(() -> exchange.respond(200, TEXT, text, HttpHeaderNames.CACHE_CONTROL, "no-store"));
  }

  void answer(String text) {
    answer(ByteBufUtil.writeUtf8(exchange.channel().alloc(), text));
  }

  void refuse(EngineError error) {
    run(() -> refuse(exchange, error));
  }

  /// The same for a status without a body of its own.
  void refuse(int status) {
    run(() -> exchange.respondEmpty(status));
  }

  static void refuse(Exchange exchange, EngineError error) {
    exchange.respondJson(error.status(), error.json());
  }

  private void run(Runnable answer) {
    if (loop.inEventLoop()) {
      finish(answer);
    } else {
      loop.execute(() -> finish(answer));
    }
  }

  private void finish(Runnable answer) {
    exchange.channel().closeFuture().removeListener(gone);
    answer.run();
  }
}
