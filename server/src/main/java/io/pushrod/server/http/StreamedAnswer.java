package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import org.jspecify.annotations.Nullable;

/// The body of an answer that is written piece by piece, as fast as the peer takes it.
///
/// A write may make the channel writable again before it returns, and so write what follows from
/// within. Therefore what is left to do is looked at anew after each write.
///
/// **Thread:** the channel's event loop. Its source is its own until it was released, once: with
/// the last piece, or by [#release].
final class StreamedAnswer {
  private static final BodySource NOTHING = _ -> false;

  private final HttpConnection connection;
  private final Exchange exchange;
  private final boolean keepAlive;

  /// Null once it was released.
  private @Nullable BodySource source;

  /// @param source becomes ours; nothing is taken from it for HEAD
  StreamedAnswer(
      HttpConnection connection, Exchange exchange, boolean keepAlive, BodySource source) {
    this.connection = connection;
    this.exchange = exchange;
    this.keepAlive = keepAlive;
    if (exchange.isHead()) {
      source.release();
      this.source = NOTHING;
    } else {
      this.source = source;
    }
  }

  boolean isOf(Exchange other) {
    return exchange == other;
  }

  /// Writes pieces as long as the socket takes them.
  void writeOn() {
    Channel channel = connection.channel();
    for (BodySource body = source; body != null; body = source) {
      if (body.waits()) {
        // What is not flushed counts as not taken, and would hold up the next piece.
        channel.flush();
        return;
      }
      ByteBuf piece = channel.alloc().directBuffer(BodySource.PIECE_BYTES);
      if (!append(body, piece)) {
        release();
        connection.onStreamed(channel.writeAndFlush(new DefaultLastHttpContent(piece)), keepAlive);
        return;
      }
      connection.awaitTaken();
      ChannelFuture _ = channel.writeAndFlush(new DefaultHttpContent(piece));
      if (!channel.isWritable()) {
        return;
      }
    }
  }

  private static boolean append(BodySource body, ByteBuf piece) {
    try {
      return body.appendTo(piece);
    } catch (RuntimeException | AssertionError e) {
      piece.release();
      throw e;
    }
  }

  void release() {
    BodySource ended = source;
    source = null;
    if (ended != null) {
      ended.release();
    }
  }
}
