package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.pushrod.server.metrics.Counter;
import org.jspecify.annotations.Nullable;

/// A body that is being taken as it comes: hands each piece to the exchange's sink, holds it to its
/// bounds, and stops reading while the sink has enough.
///
/// It goes on as long as its reader says so: a sink may answer, or the connection refuse, in the
/// middle of any call. Pieces are borrowed, and owned by whoever read them.
///
/// **Thread:** the channel's event loop.
final class Reception {
  private static final BodyLimit NONE =
      new BodyLimit(0, Long.MAX_VALUE, Counter.LIMIT_PUBLISH_BODY_BYTES);

  private final RequestReader reader;
  private final HttpConnection connection;
  private final Exchange exchange;

  /// Null until the endpoint asks for the body, and once its sink has heard that it will not be
  /// whole.
  private @Nullable BodySink sink;

  private BodyLimit limit = NONE;
  private long dueNanos;
  private long bytes;
  private boolean paused;

  /// Whether the last piece is here.
  private boolean whole;

  private Reception(
      RequestReader reader, HttpConnection connection, Exchange exchange, boolean whole) {
    this.reader = reader;
    this.connection = connection;
    this.exchange = exchange;
    this.whole = whole;
  }

  /// Of a request whose body is still to come.
  static Reception ofUnread(RequestReader reader, HttpConnection connection, Exchange exchange) {
    return new Reception(reader, connection, exchange, false);
  }

  /// Of a request that was read with its body, most often none.
  static Reception ofWhole(RequestReader reader, HttpConnection connection, Exchange exchange) {
    return new Reception(reader, connection, exchange, true);
  }

  boolean isBegun() {
    return sink != null;
  }

  boolean isOpen() {
    return sink != null && !paused;
  }

  boolean isWhole() {
    return whole;
  }

  void begin(BodyLimit limit, BodySink sink, long nowNanos) {
    this.sink = sink;
    this.limit = limit;
    this.dueNanos = nowNanos + limit.withinNanos();
    if (whole) {
      offer(exchange.body());
      if (reader.receives(this) && !paused) {
        end();
      }
      return;
    }
    if (HttpUtil.getContentLength(exchange.request(), -1L) > limit.bytes()) {
      connection.refuse(tooLarge());
      return;
    }
    if (HttpUtil.is100ContinueExpected(exchange.request())) {
      reader.sendContinue();
    }
    reader.awaitBody(this);
    reader.resume();
  }

  /// @throws IllegalStateException if no sink was given
  void onPiece(HttpContent content) {
    if (sink == null) {
      throw new IllegalStateException("body: not expected (expected: a sink for it)");
    }
    ByteBuf piece = content.content();
    bytes += piece.readableBytes();
    if (bytes > limit.bytes()) {
      connection.refuse(tooLarge());
      return;
    }
    whole = content instanceof LastHttpContent;
    offer(piece);
    if (!reader.receives(this)) {
      return;
    }
    if (whole && !paused) {
      end();
    } else {
      reader.awaitBody(this);
    }
  }

  /// The sink wants the next piece; does nothing unless it had enough.
  void resume() {
    if (!paused) {
      return;
    }
    paused = false;
    if (whole) {
      end();
    } else {
      reader.awaitBody(this);
      reader.resume();
    }
  }

  /// Tells the sink, once, that the body will not be whole.
  void abort() {
    BodySink cut = sink;
    sink = null;
    if (cut != null) {
      cut.onAbort();
    }
  }

  /// How long the next piece may take.
  ///
  /// @param pieceNanos bound between two pieces; a sink that has enough is not held to it
  long patienceNanos(long nowNanos, long pieceNanos) {
    long leftNanos = Math.max(0, dueNanos - nowNanos);
    return paused ? leftNanos : Math.min(leftNanos, pieceNanos);
  }

  /// The one of the two bounds that has passed.
  long passedNanos(long nowNanos, long pieceNanos) {
    return dueNanos - nowNanos <= 0 ? limit.withinNanos() : pieceNanos;
  }

  private void offer(ByteBuf piece) {
    BodySink taker = sink;
    if (taker == null || !piece.isReadable()) {
      return;
    }
    try {
      paused = !taker.onPiece(piece);
    } catch (RuntimeException | AssertionError e) {
      fail(e);
    }
  }

  private void end() {
    reader.onReceived();
    BodySink taker = sink;
    if (taker == null) {
      return;
    }
    try {
      taker.onEnd();
    } catch (RuntimeException | AssertionError e) {
      fail(e);
    }
  }

  private void fail(Throwable failure) {
    abort();
    connection.onFailure(exchange, failure);
  }

  private Refusal tooLarge() {
    return Refusal.bodyTooLarge(limit.bytes(), limit.counter());
  }
}
