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
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One HTTP connection: reads a request, has it handled, writes its answer, reads the next.
///
/// **Thread:** the channel's event loop.
final class HttpConnection extends ChannelInboundHandlerAdapter implements RequestDecoder.Gate {
  private static final ConnectionLog LOG = ConnectionLog.of(HttpConnection.class);

  /// How long a refused peer may take to read its answer and close (RFC 9112 section 9.6).
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

  private enum State {
    /// Nothing has come since the connection opened.
    NEW,
    /// Between an answer and the next request.
    IDLE,
    HEAD,
    BODY,
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
  private final RequestBody body;
  private final RequestDecoder decoder;
  private final HttpResponseEncoder encoder = new HttpResponseEncoder();

  private State state = State.NEW;
  private CloseReason closeReason = CloseReason.NORMAL;
  private @Nullable HttpRequest head;
  private @Nullable Target target;
  private @Nullable Exchange current;
  private @Nullable BodySource source;
  private boolean firstRequest = true;

  private boolean streamKeptAlive;

  /// Whether an endpoint is being called, so that its answer can wait for the end of this read.
  private boolean dispatching;

  /// Requests handled since other connections had a turn.
  private int burst;

  private boolean turnYielded;

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
    this.body = new RequestBody(channel.alloc(), settings.publishBodyBytes());
    this.decoder = new RequestDecoder(settings, this);
  }

  /// Puts this connection's handlers at the end of its channel's pipeline.
  void install() {
    channel.pipeline().addLast(decoder, encoder, this);
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
    source = null;
    timeout.cancel();
    body.release();
    metrics.closed(transport, closeReason);
    LOG.closed(channel, transport, closeReason);
  }

  @Override
  public RequestDecoder.Intake intake() {
    return switch (state) {
      case ENDING, GONE -> RequestDecoder.Intake.DISCARDED;
      case IN_PROGRESS, STREAMING -> RequestDecoder.Intake.HELD;
      case NEW, IDLE, HEAD, BODY ->
          burst < settings.pipelinedRequests() && channel.isWritable()
              ? RequestDecoder.Intake.OPEN
              : RequestDecoder.Intake.HELD;
    };
  }

  @Override
  public void onRequestBegins() {
    firstRequest = state == State.NEW;
    state = State.HEAD;
    if (!firstRequest) {
      timeout.moveIn(settings.headerTimeoutNanos());
    }
  }

  @Override
  public void onHeld() {
    channel.config().setAutoRead(false);
    if (burst >= settings.pipelinedRequests() && !turnYielded) {
      turnYielded = true;
      metrics.count(Counter.LIMIT_PIPELINED_REQUESTS);
      channel.eventLoop().execute(this::onTurn);
    }
  }

  private void onTurn() {
    turnYielded = false;
    burst = 0;
    resume();
  }

  private void resume() {
    if (intake() != RequestDecoder.Intake.OPEN) {
      return;
    }
    channel.config().setAutoRead(true);
    try {
      decoder.resume();
    } catch (Exception e) {
      onException(e);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (state == State.STREAMING && channel.isWritable()) {
      writeOn();
    }
    resume();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (!turnYielded) {
      burst = 0;
    }
    ctx.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (state == State.ENDING || state == State.GONE || !channel.isActive()) {
        return;
      }
      HttpObject object = (HttpObject) message;
      if (object.decoderResult().isFailure()) {
        refuse(Refusal.undecodable(object, settings));
        return;
      }
      if (object instanceof HttpRequest request) {
        onHead(request);
      }
      if (object instanceof HttpContent content && state == State.BODY) {
        onContent(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void onHead(HttpRequest request) {
    head = request;
    Refusal refusal = RequestRules.check(request, settings);
    if (refusal == null) {
      try {
        target = Target.parse(request.uri());
      } catch (RequestException e) {
        refusal = Refusal.malformed(Counter.HTTP_BAD_TARGET, String.valueOf(e.getMessage()));
      }
    }
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    state = State.BODY;
    timeout.moveIn(settings.bodyTimeoutNanos());
    if (HttpUtil.is100ContinueExpected(request)) {
      channel
          .writeAndFlush(
              new DefaultFullHttpResponse(
                  HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER))
          .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }
  }

  private void onContent(HttpContent content) {
    if (!body.add(content.content())) {
      refuse(Refusal.bodyTooLarge(settings.publishBodyBytes()));
    } else if (content instanceof LastHttpContent) {
      dispatch();
    }
  }

  private void dispatch() {
    HttpRequest request = head;
    Target where = target;
    if (request == null || where == null) {
      throw new IllegalStateException("request: none (expected: a head before its body)");
    }
    state = State.IN_PROGRESS;
    timeout.clear();
    burst++;
    metrics.count(Counter.HTTP_REQUESTS);
    head = null;
    target = null;
    ByteBuf whole = body.take();
    Exchange exchange = new Exchange(this, request, where, whole);
    current = exchange;
    dispatching = true;
    try {
      root.handle(exchange);
    } catch (RequestException e) {
      LOG.refused(channel, e.code().label());
      failed(exchange, e.code(), String.valueOf(e.getMessage()), e);
    } catch (RuntimeException | AssertionError e) {
      LOG.failed(channel, transport, e);
      metrics.count(Counter.INTERNAL_ERRORS);
      failed(exchange, ErrorCode.INTERNAL, "request: failed (expected: try again later)", e);
    } finally {
      dispatching = false;
      whole.release();
    }
  }

  /// An endpoint threw: that is the answer, unless it has answered, in which case the connection is
  /// beyond trust.
  private void failed(Exchange exchange, ErrorCode code, String message, Throwable cause) {
    if (current == exchange) {
      exchange.respondError(code, message);
    } else {
      LOG.failed(channel, transport, cause);
      channel.flush();
      close(CloseReason.INTERNAL_ERROR);
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
    boolean keepAlive = HttpUtil.isKeepAlive(request) && !deadlines.isDraining();
    answered(
        channel.write(responses.response(request, keepAlive, status, headers, content)), keepAlive);
    if (!dispatching) {
      channel.flush();
      resume();
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
      return;
    }
    HttpRequest request = exchange.request();
    streamKeptAlive =
        HttpUtil.isKeepAlive(request) && !exchange.isHttp10() && !deadlines.isDraining();
    channel.write(responses.head(request, streamKeptAlive, status, headers));
    source = exchange.isHead() ? _ -> false : body;
    state = State.STREAMING;
    writeOn();
    if (!dispatching) {
      resume();
    }
  }

  /// Writes pieces as long as the socket takes them.
  private void writeOn() {
    BodySource body = source;
    while (body != null) {
      ByteBuf piece = channel.alloc().directBuffer(BodySource.PIECE_BYTES);
      if (!body.appendTo(piece)) {
        source = null;
        answered(
            channel.writeAndFlush(new DefaultLastHttpContent(piece)),
            streamKeptAlive && !deadlines.isDraining());
        return;
      }
      ChannelFuture _ = channel.writeAndFlush(new DefaultHttpContent(piece));
      timeout.moveIn(settings.idleTimeoutNanos());
      if (!channel.isWritable()) {
        return;
      }
    }
  }

  /// Answers a request that is not handled, says goodbye and lets the peer finish: closing at once,
  /// with bytes of it unread, would make the kernel reset the connection and take the answer with
  /// it.
  private void refuse(Refusal refusal) {
    metrics.count(refusal.counter());
    end(refusal.status(), refusal.code(), refusal.message(), refusal.reason());
  }

  private void end(int status, ErrorCode code, String message, CloseReason reason) {
    metrics.httpError(code);
    LOG.refused(channel, message);
    HttpHeaders headers = new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON);
    ByteBuf json = ByteBufUtil.writeUtf8(channel.alloc(), Exchange.errorJson(code, message));
    HttpRequest request = head;
    head = null;
    target = null;
    body.release();
    state = State.ENDING;
    closeReason = reason;
    timeout.moveIn(LINGER_NANOS);
    channel
        .writeAndFlush(responses.response(request, false, status, headers, json))
        .addListener(this::endOutput);
    channel.config().setAutoRead(true);
  }

  private void endOutput(Future<?> written) {
    if (written.isSuccess() && channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    } else {
      close(closeReason);
    }
  }

  ByteBuf takeOver(Exchange exchange, ChannelHandler replacement) {
    assert channel.eventLoop().inEventLoop() : "exchange: taken over off its event loop";
    if (current != exchange || state == State.GONE) {
      throw new IllegalStateException("exchange: answered or closed (expected: in progress)");
    }
    current = null;
    state = State.GONE;
    timeout.cancel();
    metrics.handedOver(transport);
    channel.flush();
    ByteBuf unparsed = decoder.takeUnparsed();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.addLast(replacement);
    pipeline.remove(decoder);
    pipeline.remove(encoder);
    pipeline.remove(this);
    channel.config().setAutoRead(true);
    return unparsed;
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    onException(cause);
  }

  private void onException(Throwable cause) {
    if (cause instanceof IOException) {
      metrics.count(Counter.PEER_RESETS);
      close(closeReason);
    } else {
      metrics.count(Counter.INTERNAL_ERRORS);
      LOG.failed(channel, transport, cause);
      close(CloseReason.INTERNAL_ERROR);
    }
  }

  private void onTimeout() {
    switch (state) {
      case NEW ->
          close(deadlines.isDraining() ? CloseReason.SHUTDOWN : CloseReason.HANDSHAKE_TIMEOUT);
      case HEAD ->
          incomplete(
              "headers",
              firstRequest ? settings.handshakeTimeoutNanos() : settings.headerTimeoutNanos());
      case BODY -> incomplete("body", settings.bodyTimeoutNanos());
      case IDLE, STREAMING ->
          close(hasUnsentBytes() ? CloseReason.WRITE_TIMEOUT : CloseReason.IDLE_TIMEOUT);
      case ENDING -> close(hasUnsentBytes() ? CloseReason.WRITE_TIMEOUT : closeReason);
      case IN_PROGRESS, GONE -> {
        // The endpoint's business, or nobody's.
      }
    }
  }

  /// A request under way is answered, and that answer is the last; between requests there is
  /// nothing to wait for. Whoever has just connected has its request on the way, most likely.
  private void onDrain() {
    switch (state) {
      case NEW -> timeout.moveIn(Math.min(LINGER_NANOS, settings.handshakeTimeoutNanos()));
      case IDLE -> {
        if (hasUnsentBytes()) {
          state = State.ENDING;
          closeReason = CloseReason.SHUTDOWN;
          channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(this::endOutput);
          timeout.moveIn(LINGER_NANOS);
        } else {
          close(CloseReason.SHUTDOWN);
        }
      }
      case HEAD, BODY, IN_PROGRESS, STREAMING, ENDING, GONE -> {}
    }
  }

  private void incomplete(String part, long timeoutNanos) {
    end(
        HttpResponseStatus.REQUEST_TIMEOUT.code(),
        ErrorCode.BAD_REQUEST,
        part
            + ": incomplete (expected: within "
            + TimeUnit.NANOSECONDS.toMillis(timeoutNanos)
            + " ms)",
        CloseReason.HANDSHAKE_TIMEOUT);
  }

  private void close(CloseReason reason) {
    closeReason = reason;
    ChannelFuture _ = channel.close();
  }

  private boolean hasUnsentBytes() {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    return outbound != null && outbound.totalPendingWriteBytes() > 0;
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
