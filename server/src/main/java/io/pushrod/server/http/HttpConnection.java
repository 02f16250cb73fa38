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
import io.netty.handler.codec.http.FullHttpResponse;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One HTTP connection: reads a request, has it handled, writes its answer, reads the next.
///
/// **Thread:** the channel's event loop.
final class HttpConnection extends ChannelInboundHandlerAdapter implements RequestDecoder.Gate {
  private static final ConnectionLog LOG = ConnectionLog.of(HttpConnection.class);

  /// How long a refused peer may take to read its answer and close (RFC 9112 section 9.6).
  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(2);

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
  private final RequestBody body;
  private final RequestDecoder decoder;
  private final HttpResponseEncoder encoder = new HttpResponseEncoder();

  private State state = State.NEW;
  private CloseReason closeReason = CloseReason.NORMAL;
  private @Nullable HttpRequest head;
  private @Nullable Target target;
  private @Nullable Exchange current;
  private @Nullable Reception reception;
  private @Nullable BodySource source;

  /// What `source` answers.
  private @Nullable Exchange streamed;

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
    timeout.cancel();
    body.release();
    endSource();
    abortReception();
    metrics.closed(transport, closeReason);
    LOG.closed(channel, transport, closeReason);
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
      if (object instanceof HttpContent content) {
        if (state == State.BODY) {
          onContent(content);
        } else if (state == State.RECEIVING) {
          onPiece(content);
        }
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
    Target where = target;
    if (refusal == null && where != null && RequestRules.announcesBody(request)) {
      Exchange exchange = new Exchange(this, request, where, Unpooled.EMPTY_BUFFER);
      if (root.streamsBody(exchange)) {
        dispatchUnread(exchange);
        return;
      }
      if (HttpUtil.getContentLength(request, 0L) > settings.publishBodyBytes()) {
        refusal = Refusal.bodyTooLarge(settings.publishBodyBytes());
      }
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

  private void sendContinue() {
    channel
        .writeAndFlush(
            new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER))
        .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  /// Has a request handled whose body is still to come.
  private void dispatchUnread(Exchange exchange) {
    HttpRequest request = exchange.request();
    head = null;
    target = null;
    state = State.RECEIVING;
    timeout.clear();
    reception =
        new Reception(
            HttpUtil.is100ContinueExpected(request), HttpUtil.getContentLength(request, -1L));
    current = exchange;
    handle(exchange);
  }

  void receive(Exchange exchange, BodyLimit limit, BodySink sink) {
    assert channel.eventLoop().inEventLoop() : "exchange: received off its event loop";
    Reception begun = reception;
    if (state == State.GONE) {
      sink.onAbort();
    } else if (current != exchange || (begun != null && begun.sink != null)) {
      throw new IllegalStateException("exchange: answered or received (expected: in progress)");
    } else if (begun == null) {
      receiveWhole(exchange, limit, sink);
    } else {
      begun.begin(sink, limit, deadlines.nanoTime());
      if (begun.announcedBytes > limit.bytes()) {
        refuse(Refusal.bodyTooLarge(limit.bytes(), limit.counter()));
        return;
      }
      if (begun.continueExpected) {
        sendContinue();
      }
      timeReception(begun);
      resume();
    }
  }

  /// Gives a sink the body that is here already, most often none.
  private void receiveWhole(Exchange exchange, BodyLimit limit, BodySink sink) {
    ByteBuf body = exchange.body();
    Reception running = new Reception(false, body.readableBytes());
    running.begin(sink, limit, deadlines.nanoTime());
    running.whole = true;
    reception = running;
    if (body.isReadable()) {
      tell(exchange, running, all -> running.paused = !all.onPiece(body));
    }
    if (reception == running && !running.paused) {
      endReception(exchange, running);
    }
  }

  void resumeBody(Exchange exchange) {
    assert channel.eventLoop().inEventLoop() : "exchange: resumed off its event loop";
    Reception paused = reception;
    if (current != exchange || paused == null || !paused.paused) {
      return;
    }
    paused.paused = false;
    if (paused.whole) {
      endReception(exchange, paused);
    } else {
      timeReception(paused);
      resume();
    }
  }

  private void timeReception(Reception running) {
    long leftNanos = Math.max(0, running.dueNanos - deadlines.nanoTime());
    timeout.moveIn(running.paused ? leftNanos : Math.min(leftNanos, settings.bodyTimeoutNanos()));
  }

  private void onPiece(HttpContent content) {
    Reception running = reception;
    Exchange exchange = current;
    if (running == null || running.sink == null || exchange == null) {
      throw new IllegalStateException("body: not expected (expected: a sink for it)");
    }
    ByteBuf piece = content.content();
    if (!running.admits(piece.readableBytes())) {
      refuse(Refusal.bodyTooLarge(running.limit.bytes(), running.limit.counter()));
      return;
    }
    running.whole = content instanceof LastHttpContent;
    if (piece.isReadable()) {
      tell(exchange, running, sink -> running.paused = !sink.onPiece(piece));
    }
    if (reception != running) {
      return;
    }
    if (running.whole && !running.paused) {
      endReception(exchange, running);
    } else {
      timeReception(running);
    }
  }

  private void endReception(Exchange exchange, Reception running) {
    reception = null;
    if (state == State.RECEIVING) {
      state = State.IN_PROGRESS;
      timeout.clear();
      burst++;
      metrics.count(Counter.HTTP_REQUESTS);
    }
    tell(exchange, running, BodySink::onEnd);
  }

  private void tell(Exchange exchange, Reception running, Consumer<BodySink> what) {
    BodySink sink = running.sink;
    if (sink == null) {
      return;
    }
    try {
      what.accept(sink);
    } catch (RuntimeException | AssertionError e) {
      running.sink = null;
      sink.onAbort();
      onFailure(exchange, e);
    }
  }

  /// Forgets a body that will not be whole, and tells who takes it.
  private void abortReception() {
    Reception cut = reception;
    reception = null;
    if (cut != null && cut.sink != null) {
      cut.sink.onAbort();
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
    handle(exchange);
    whole.release();
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
    Reception begun = reception;
    BodySink sink = begun == null ? null : begun.sink;
    if (begun != null && sink != null) {
      begun.sink = null;
      sink.onAbort();
    }
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
    Reception running = reception;
    return running != null && !running.whole;
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
    streamKeptAlive =
        !isUnread()
            && HttpUtil.isKeepAlive(request)
            && !exchange.isHttp10()
            && !deadlines.isDraining();
    channel.write(responses.head(request, streamKeptAlive, status, headers));
    reception = null;
    if (exchange.isHead()) {
      body.release();
      source = _ -> false;
    } else {
      source = body;
    }
    streamed = exchange;
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
      if (body.waits()) {
        // What is not flushed counts as not taken, and would hold up the next piece.
        channel.flush();
        return;
      }
      ByteBuf piece = channel.alloc().directBuffer(BodySource.PIECE_BYTES);
      boolean more;
      try {
        more = body.appendTo(piece);
      } catch (RuntimeException | AssertionError e) {
        piece.release();
        throw e;
      }
      if (!more) {
        endSource();
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

  void proceed(Exchange exchange) {
    assert channel.eventLoop().inEventLoop() : "exchange: proceeds off its event loop";
    if (streamed != exchange || state != State.STREAMING || !channel.isWritable()) {
      return;
    }
    try {
      writeOn();
      resume();
    } catch (RuntimeException | AssertionError e) {
      onException(e);
    }
  }

  private void endSource() {
    BodySource ended = source;
    source = null;
    streamed = null;
    if (ended != null) {
      ended.release();
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
    Exchange cut = current;
    HttpRequest request = cut == null ? head : cut.request();
    head = null;
    target = null;
    current = null;
    body.release();
    endWith(responses.response(request, false, status, headers, json), reason);
    abortReception();
  }

  private void endWith(FullHttpResponse last, CloseReason reason) {
    state = State.ENDING;
    closeReason = reason;
    timeout.moveIn(LINGER_NANOS);
    channel.writeAndFlush(last).addListener(this::endOutput);
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
      case RECEIVING -> {
        Reception slow = reception;
        incomplete(
            "body",
            slow != null && slow.dueNanos - deadlines.nanoTime() <= 0
                ? slow.limit.withinNanos()
                : settings.bodyTimeoutNanos());
      }
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
