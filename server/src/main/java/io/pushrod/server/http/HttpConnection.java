package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.util.ReferenceCountUtil;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import io.pushrod.server.net.Deadlines;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.MovingDeadline;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One HTTP connection: has a request handled, writes its answer, goes on to the next. What comes
/// in is its reader's.
///
/// **Thread:** the channel's event loop.
final class HttpConnection extends ChannelInboundHandlerAdapter {
  private static final ConnectionLog LOG = ConnectionLog.of(HttpConnection.class);

  private static final String FAILED = "request: failed (expected: try again later)";

  enum State {
    /// Nothing has come since the connection opened.
    NEW,
    /// Between an answer and the next request.
    IDLE,
    HEAD,
    BODY,
    /// The endpoint is called and takes the body as it comes.
    RECEIVING,
    IN_PROGRESS,
    /// The answer is written as fast as the peer takes it.
    STREAMING,
    /// The last answer is on its way; what still comes in is dropped.
    ENDING,
    /// Closed, or another protocol's.
    GONE
  }

  private final Channel channel;
  private final HttpSettings settings;
  private final Endpoint root;
  private final OriginPolicy origins;
  private final ResponseFactory responses;
  private final Transport transport;
  private final ShardMetrics metrics;
  private final Deadlines deadlines;
  private final Timeout timeout;
  private final Ending ending;
  private final RequestReader reader;
  private final HttpResponseEncoder encoder = new HttpResponseEncoder();

  private State state = State.NEW;
  private @Nullable Exchange current;
  private @Nullable StreamedAnswer streamed;

  /// Whether an endpoint is being called, so that its answer can wait for the end of this read.
  private boolean dispatching;

  HttpConnection(
      Channel channel,
      HttpSettings settings,
      Endpoint root,
      OriginPolicy origins,
      ResponseFactory responses,
      Transport transport,
      LoopContext loop) {
    this.channel = channel;
    this.settings = settings;
    this.root = root;
    this.origins = origins;
    this.responses = responses;
    this.transport = transport;
    this.metrics = loop.metrics();
    this.deadlines = loop.deadlines();
    this.timeout = new Timeout(deadlines);
    this.ending = new Ending(channel);
    this.reader = new RequestReader(this, settings, root, deadlines, timeout);
  }

  /// Puts this connection's handlers at the end of its channel's pipeline.
  void install() {
    channel.pipeline().addLast(reader.decoder(), encoder, this);
  }

  Channel channel() {
    return channel;
  }

  ShardMetrics metrics() {
    return metrics;
  }

  OriginPolicy origins() {
    return origins;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    metrics.opened(transport);
    LOG.accepted(channel, transport);
    timeout.moveIn(settings.handshakeTimeoutNanos());
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    state = State.GONE;
    timeout.cancel();
    endStreamed();
    reader.end();
    metrics.closed(transport, ending.reason());
    LOG.closed(channel, transport, ending.reason());
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    StreamedAnswer written = streamed;
    if (written != null && channel.isWritable()) {
      written.writeOn();
    }
    reader.resume();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    reader.onReadComplete();
    ctx.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (state == State.ENDING || state == State.GONE || !channel.isActive()) {
        return;
      }
      reader.onPart((HttpObject) message);
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  void receive(Exchange exchange, BodyLimit limit, BodySink sink) {
    assert channel.eventLoop().inEventLoop() : "exchange: received off its event loop";
    if (state == State.GONE) {
      sink.onAbort();
      return;
    }
    if (current != exchange) {
      throw new IllegalStateException("exchange: answered already (expected: in progress)");
    }
    reader.receive(exchange, limit, sink);
  }

  void resumeBody(Exchange exchange) {
    assert channel.eventLoop().inEventLoop() : "exchange: resumed off its event loop";
    if (current == exchange) {
      reader.resumeBody();
    }
  }

  State state() {
    return state;
  }

  void enter(State next) {
    state = next;
  }

  /// Has a request answered, now or later.
  void handle(Exchange exchange) {
    current = exchange;
    dispatching = true;
    try {
      root.handle(exchange);
    } catch (RuntimeException | AssertionError e) {
      onFailure(exchange, e);
    } finally {
      dispatching = false;
    }
  }

  /// What should have answered threw, or could not but fail.
  void onFailure(Exchange exchange, Throwable failure) {
    if (failure instanceof RequestException refusal) {
      LOG.refused(channel, refusal.code().label());
      failed(exchange, refusal.code(), String.valueOf(refusal.getMessage()), refusal);
    } else {
      onFault(failure);
      failed(exchange, ErrorCode.INTERNAL, FAILED, failure);
    }
  }

  /// A fault of our own, on the way to an answer.
  void onFault(Throwable fault) {
    LOG.failed(channel, transport, fault);
    metrics.count(Counter.INTERNAL_ERRORS);
  }

  /// An endpoint threw: that is the answer, unless it has answered, in which case the connection is
  /// beyond trust.
  private void failed(Exchange exchange, ErrorCode code, String message, Throwable cause) {
    reader.abortBody();
    if (current == exchange) {
      exchange.respondError(code, message);
    } else {
      LOG.failed(channel, transport, cause);
      channel.flush();
      ending.close(CloseReason.INTERNAL_ERROR);
    }
  }

  void respond(Exchange exchange, int status, HttpHeaders headers, ByteBuf content) {
    assert channel.eventLoop().inEventLoop() : "exchange: answered off its event loop";
    if (current != exchange) {
      content.release();
      throw new IllegalStateException("exchange: answered already (expected: one answer)");
    }
    current = null;
    if (state == State.GONE) {
      content.release();
      return;
    }
    HttpRequest request = exchange.request();
    if (reader.endBody()) {
      endWith(responses.response(request, false, status, headers, content), CloseReason.NORMAL);
      return;
    }
    boolean keepAlive = HttpUtil.isKeepAlive(request) && !deadlines.isDraining();
    answered(
        channel.write(responses.response(request, keepAlive, status, headers, content)), keepAlive);
    if (!dispatching) {
      channel.flush();
      reader.resume();
    }
  }

  private void answered(ChannelFuture written, boolean keepAlive) {
    state = keepAlive ? State.IDLE : State.ENDING;
    timeout.moveIn(settings.idleTimeoutNanos());
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  void stream(Exchange exchange, int status, HttpHeaders headers, BodySource body) {
    assert channel.eventLoop().inEventLoop() : "exchange: answered off its event loop";
    if (current != exchange) {
      throw new IllegalStateException("exchange: answered already (expected: one answer)");
    }
    current = null;
    if (state == State.GONE) {
      body.release();
      return;
    }
    HttpRequest request = exchange.request();
    boolean keepAlive =
        !reader.endBody()
            && HttpUtil.isKeepAlive(request)
            && !exchange.isHttp10()
            && !deadlines.isDraining();
    channel.write(responses.head(request, keepAlive, status, headers));
    StreamedAnswer begun = new StreamedAnswer(this, exchange, keepAlive, body);
    streamed = begun;
    state = State.STREAMING;
    begun.writeOn();
    if (!dispatching) {
      reader.resume();
    }
  }

  /// The peer has to take what is written in time.
  void awaitTaken() {
    timeout.moveIn(settings.idleTimeoutNanos());
  }

  /// The last piece of a streamed answer is on its way.
  void onStreamed(ChannelFuture written, boolean keepAlive) {
    streamed = null;
    answered(written, keepAlive && !deadlines.isDraining());
  }

  void proceed(Exchange exchange) {
    assert channel.eventLoop().inEventLoop() : "exchange: proceeds off its event loop";
    StreamedAnswer written = streamed;
    if (written == null || !written.isOf(exchange) || !channel.isWritable()) {
      return;
    }
    try {
      written.writeOn();
      reader.resume();
    } catch (RuntimeException | AssertionError e) {
      onException(e);
    }
  }

  private void endStreamed() {
    StreamedAnswer ended = streamed;
    streamed = null;
    if (ended != null) {
      ended.release();
    }
  }

  /// Answers a request that is not handled, and ends the connection.
  void refuse(Refusal refusal) {
    if (refusal.counter() != null) {
      metrics.count(refusal.counter());
    }
    metrics.httpError(refusal.code());
    LOG.refused(channel, refusal.message());
    HttpHeaders headers = new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON);
    ByteBuf json =
        ByteBufUtil.writeUtf8(
            channel.alloc(), Exchange.errorJson(refusal.code(), refusal.message()));
    HttpRequest request = current == null ? reader.head() : current.request();
    current = null;
    endWith(responses.response(request, false, refusal.status(), headers, json), refusal.reason());
    reader.end();
  }

  private void endWith(Object last, CloseReason reason) {
    state = State.ENDING;
    timeout.moveIn(Ending.LINGER_NANOS);
    ending.begin(last, reason);
  }

  ByteBuf takeOver(Exchange exchange, ChannelHandler replacement) {
    assert channel.eventLoop().inEventLoop() : "exchange: taken over off its event loop";
    if (current != exchange || state == State.GONE || reader.isReceiving()) {
      throw new IllegalStateException("exchange: answered or closed (expected: in progress)");
    }
    current = null;
    state = State.GONE;
    timeout.cancel();
    metrics.handedOver(transport);
    channel.flush();
    ByteBuf unparsed = reader.decoder().takeUnparsed();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(replacement);
    pipeline.remove(reader.decoder());
    pipeline.remove(encoder);
    pipeline.remove(this);
    channel.config().setAutoRead(true);
    return unparsed;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    onException(cause);
  }

  void onException(Throwable cause) {
    if (cause instanceof IOException) {
      metrics.count(Counter.PEER_RESETS);
      ending.close(ending.reason());
    } else {
      metrics.count(Counter.INTERNAL_ERRORS);
      LOG.failed(channel, transport, cause);
      ending.close(CloseReason.INTERNAL_ERROR);
    }
  }

  private void onTimeout() {
    switch (state) {
      case NEW ->
          ending.close(
              deadlines.isDraining() ? CloseReason.SHUTDOWN : CloseReason.HANDSHAKE_TIMEOUT);
      case HEAD, BODY, RECEIVING -> refuse(reader.late(state));
      case IDLE, STREAMING -> ending.closeLate(CloseReason.IDLE_TIMEOUT);
      case ENDING -> ending.closeLate(ending.reason());
      case IN_PROGRESS, GONE -> {
        // The endpoint's business, or nobody's.
      }
    }
  }

  /// A request under way is answered, and that answer is the last; between requests there is
  /// nothing to wait for. Whoever has just connected has its request on the way, most likely.
  private void onDrain() {
    switch (state) {
      case NEW -> timeout.moveIn(Math.min(Ending.LINGER_NANOS, settings.handshakeTimeoutNanos()));
      case IDLE -> {
        if (ending.hasUnsentBytes()) {
          endWith(Unpooled.EMPTY_BUFFER, CloseReason.SHUTDOWN);
        } else {
          ending.close(CloseReason.SHUTDOWN);
        }
      }
      case HEAD, BODY, RECEIVING, IN_PROGRESS, STREAMING, ENDING, GONE -> {}
    }
  }

  private final class Timeout extends MovingDeadline {
    Timeout(Deadlines deadlines) {
      super(deadlines);
    }

    @Override
    protected void onPassed(long nowNanos) {
      onTimeout();
    }

    @Override
    protected void onDrain() {
      HttpConnection.this.onDrain();
    }
  }
}
