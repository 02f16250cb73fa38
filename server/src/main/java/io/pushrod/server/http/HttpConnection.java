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
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
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

  private static final String FAILED = "request: failed (expected: try again later)";

  private enum State {
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
  private final PendingRequest pending;
  private final Burst burst;
  private final Ending ending;
  private final RequestDecoder decoder;
  private final HttpResponseEncoder encoder = new HttpResponseEncoder();

  private State state = State.NEW;
  private @Nullable Exchange current;
  private @Nullable Reception reception;
  private @Nullable StreamedAnswer streamed;
  private boolean firstRequest = true;

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
    this.pending = new PendingRequest(channel.alloc(), settings);
    this.burst = new Burst(settings.pipelinedRequests());
    this.ending = new Ending(channel);
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
    timeout.cancel();
    pending.clear();
    endStreamed();
    abortReception();
    metrics.closed(transport, ending.reason());
    LOG.closed(channel, transport, ending.reason());
  }

  @Override
  public RequestDecoder.Intake intake() {
    return switch (state) {
      case ENDING, GONE -> RequestDecoder.Intake.DISCARDED;
      case IN_PROGRESS, STREAMING -> RequestDecoder.Intake.HELD;
      case RECEIVING -> {
        Reception open = reception;
        yield open != null && open.isOpen()
            ? RequestDecoder.Intake.OPEN
            : RequestDecoder.Intake.HELD;
      }
      case NEW, IDLE, HEAD, BODY ->
          !burst.isSpent() && channel.isWritable()
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
    if (burst.yields()) {
      metrics.count(Counter.LIMIT_PIPELINED_REQUESTS);
      channel.eventLoop().execute(this::onTurn);
    }
  }

  private void onTurn() {
    burst.onTurn();
    resume();
  }

  /// Goes on with what has come and had to wait, unless it still has to.
  void resume() {
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
    StreamedAnswer written = streamed;
    if (written != null && channel.isWritable()) {
      written.writeOn();
    }
    resume();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    burst.onReadComplete();
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
      if (object instanceof HttpContent content) {
        if (state == State.BODY) {
          onContent(content);
        } else if (state == State.RECEIVING && reception != null) {
          reception.onPiece(content);
        }
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void onHead(HttpRequest request) {
    Refusal refusal = pending.begin(request);
    if (refusal == null && pending.announcesBody()) {
      Exchange exchange = pending.unread(this);
      if (root.streamsBody(exchange)) {
        dispatchUnread(exchange);
        return;
      }
      refusal = pending.judgeLength();
    }
    if (refusal != null) {
      refuse(refusal);
      return;
    }
    state = State.BODY;
    timeout.moveIn(settings.bodyTimeoutNanos());
    if (HttpUtil.is100ContinueExpected(request)) {
      sendContinue();
    }
  }

  void sendContinue() {
    channel
        .writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER))
        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  /// Has a request handled whose body is still to come.
  private void dispatchUnread(Exchange exchange) {
    pending.clear();
    state = State.RECEIVING;
    timeout.clear();
    reception = Reception.ofUnread(this, exchange);
    current = exchange;
    handle(exchange);
  }

  void receive(Exchange exchange, BodyLimit limit, BodySink sink) {
    assert channel.eventLoop().inEventLoop() : "exchange: received off its event loop";
    if (state == State.GONE) {
      sink.onAbort();
      return;
    }
    Reception begun = reception;
    if (current != exchange || (begun != null && begun.isBegun())) {
      throw new IllegalStateException("exchange: answered or received (expected: in progress)");
    }
    if (begun == null) {
      begun = Reception.ofWhole(this, exchange);
      reception = begun;
    }
    begun.begin(limit, sink, deadlines.nanoTime());
  }

  void resumeBody(Exchange exchange) {
    assert channel.eventLoop().inEventLoop() : "exchange: resumed off its event loop";
    if (current == exchange && reception != null) {
      reception.resume();
    }
  }

  /// Whether that body is still taken.
  boolean receives(Reception body) {
    return reception == body;
  }

  /// The next piece of a body has to come in time.
  void awaitBody(Reception body) {
    timeout.moveIn(body.patienceNanos(deadlines.nanoTime(), settings.bodyTimeoutNanos()));
  }

  /// The body that was taken is whole.
  void onReceived() {
    reception = null;
    if (state == State.RECEIVING) {
      onWhole();
    }
  }

  /// All of a request is here.
  private void onWhole() {
    state = State.IN_PROGRESS;
    timeout.clear();
    burst.add();
    metrics.count(Counter.HTTP_REQUESTS);
  }

  /// Forgets a body that will not be whole, and tells who takes it.
  private void abortReception() {
    Reception cut = reception;
    reception = null;
    if (cut != null) {
      cut.abort();
    }
  }

  private void onContent(HttpContent content) {
    Refusal refusal = pending.add(content.content());
    if (refusal != null) {
      refuse(refusal);
    } else if (content instanceof LastHttpContent) {
      dispatch();
    }
  }

  private void dispatch() {
    onWhole();
    Exchange exchange = pending.take(this);
    current = exchange;
    handle(exchange);
    exchange.body().release();
  }

  private void handle(Exchange exchange) {
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
    if (reception != null) {
      reception.abort();
    }
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
    boolean unread = isUnread();
    reception = null;
    if (unread) {
      endWith(responses.response(request, false, status, headers, content), CloseReason.NORMAL);
      return;
    }
    boolean keepAlive = HttpUtil.isKeepAlive(request) && !deadlines.isDraining();
    answered(
        channel.write(responses.response(request, keepAlive, status, headers, content)), keepAlive);
    if (!dispatching) {
      channel.flush();
      resume();
    }
  }

  /// Whether some of the request's body is still to come.
  private boolean isUnread() {
    return reception != null && !reception.isWhole();
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
        !isUnread()
            && HttpUtil.isKeepAlive(request)
            && !exchange.isHttp10()
            && !deadlines.isDraining();
    channel.write(responses.head(request, keepAlive, status, headers));
    reception = null;
    StreamedAnswer begun = new StreamedAnswer(this, exchange, keepAlive, body);
    streamed = begun;
    state = State.STREAMING;
    begun.writeOn();
    if (!dispatching) {
      resume();
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
      resume();
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
    metrics.count(refusal.counter());
    end(refusal.status(), refusal.code(), refusal.message(), refusal.reason());
  }

  private void end(int status, ErrorCode code, String message, CloseReason reason) {
    metrics.httpError(code);
    LOG.refused(channel, message);
    HttpHeaders headers = new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, Exchange.JSON);
    ByteBuf json = ByteBufUtil.writeUtf8(channel.alloc(), Exchange.errorJson(code, message));
    Exchange cut = current;
    HttpRequest request = cut == null ? pending.head() : cut.request();
    current = null;
    pending.clear();
    endWith(responses.response(request, false, status, headers, json), reason);
    abortReception();
  }

  private void endWith(Object last, CloseReason reason) {
    state = State.ENDING;
    timeout.moveIn(Ending.LINGER_NANOS);
    ending.begin(last, reason);
  }

  ByteBuf takeOver(Exchange exchange, ChannelHandler replacement) {
    assert channel.eventLoop().inEventLoop() : "exchange: taken over off its event loop";
    if (current != exchange || state == State.GONE || reception != null) {
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
      case HEAD ->
          incomplete(
              "headers",
              firstRequest ? settings.handshakeTimeoutNanos() : settings.headerTimeoutNanos());
      case BODY -> incomplete("body", settings.bodyTimeoutNanos());
      case RECEIVING -> {
        long pieceNanos = settings.bodyTimeoutNanos();
        Reception slow = reception;
        incomplete(
            "body", slow == null ? pieceNanos : slow.passedNanos(deadlines.nanoTime(), pieceNanos));
      }
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
