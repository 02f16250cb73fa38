package io.pushrod.server.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.pushrod.server.http.HttpConnection.State;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadlines;
import io.pushrod.server.net.MovingDeadline;
import org.jspecify.annotations.Nullable;

/// Reads the requests of a connection, one at a time: says when what has come may be parsed, and
/// brings a head and the pieces of its body to an exchange.
///
/// **Thread:** the channel's event loop. What it is handed stays its caller's.
final class RequestReader implements RequestDecoder.Gate {
  private final HttpConnection connection;
  private final Channel channel;
  private final HttpSettings settings;
  private final Endpoint root;
  private final Deadlines deadlines;
  private final MovingDeadline timeout;
  private final PendingRequest pending;
  private final Burst burst;
  private final RequestDecoder decoder;

  /// The body that an endpoint takes as it comes, or could.
  private @Nullable Reception reception;

  private boolean firstRequest = true;

  RequestReader(
      HttpConnection connection,
      HttpSettings settings,
      Endpoint root,
      Deadlines deadlines,
      MovingDeadline timeout) {
    this.connection = connection;
    this.channel = connection.channel();
    this.settings = settings;
    this.root = root;
    this.deadlines = deadlines;
    this.timeout = timeout;
    this.pending = new PendingRequest(channel.alloc(), settings);
    this.burst = new Burst(settings.pipelinedRequests());
    this.decoder = new RequestDecoder(settings, this);
  }

  RequestDecoder decoder() {
    return decoder;
  }

  @Override
  public RequestDecoder.Intake intake() {
    return switch (connection.state()) {
      case ENDING, GONE -> RequestDecoder.Intake.DISCARDED;
      case IN_PROGRESS, STREAMING -> RequestDecoder.Intake.HELD;
      case RECEIVING ->
          reception != null && reception.isOpen()
              ? RequestDecoder.Intake.OPEN
              : RequestDecoder.Intake.HELD;
      case NEW, IDLE, HEAD, BODY ->
          !burst.isSpent() && channel.isWritable()
              ? RequestDecoder.Intake.OPEN
              : RequestDecoder.Intake.HELD;
    };
  }

  @Override
  public void onRequestBegins() {
    firstRequest = connection.state() == State.NEW;
    connection.enter(State.HEAD);
    if (!firstRequest) {
      timeout.moveIn(settings.headerTimeoutNanos());
    }
  }

  @Override
  public void onHeld() {
    channel.config().setAutoRead(false);
    if (burst.yields()) {
      connection.metrics().count(Counter.LIMIT_PIPELINED_REQUESTS);
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
      connection.onException(e);
    }
  }

  void onReadComplete() {
    burst.onReadComplete();
  }

  /// The next of a request is here; its caller releases it.
  void onPart(HttpObject part) {
    if (part.decoderResult().isFailure()) {
      connection.refuse(Refusal.undecodable(part, settings));
      return;
    }
    if (part instanceof HttpRequest request) {
      onHead(request);
    }
    if (part instanceof HttpContent content) {
      if (connection.state() == State.BODY) {
        onContent(content);
      } else if (connection.state() == State.RECEIVING && reception != null) {
        reception.onPiece(content);
      }
    }
  }

  private void onHead(HttpRequest request) {
    Refusal refusal = pending.begin(request);
    if (refusal == null && pending.announcesBody()) {
      Exchange exchange = pending.unread(connection);
      if (root.streamsBody(exchange)) {
        dispatchUnread(exchange);
        return;
      }
      refusal = pending.judgeLength();
    }
    if (refusal != null) {
      connection.refuse(refusal);
      return;
    }
    connection.enter(State.BODY);
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

  private void onContent(HttpContent content) {
    Refusal refusal = pending.add(content.content());
    if (refusal != null) {
      connection.refuse(refusal);
    } else if (content instanceof LastHttpContent) {
      dispatch();
    }
  }

  private void dispatch() {
    onWhole();
    Exchange exchange = pending.take(connection);
    connection.handle(exchange);
    exchange.body().release();
  }

  /// Has a request handled whose body is still to come.
  private void dispatchUnread(Exchange exchange) {
    pending.clear();
    connection.enter(State.RECEIVING);
    timeout.clear();
    reception = Reception.ofUnread(this, connection, exchange);
    connection.handle(exchange);
  }

  /// All of a request is here.
  private void onWhole() {
    connection.enter(State.IN_PROGRESS);
    timeout.clear();
    burst.add();
    connection.metrics().count(Counter.HTTP_REQUESTS);
  }

  /// The endpoint of the exchange in progress takes its body.
  ///
  /// @throws IllegalStateException if it did before
  void receive(Exchange exchange, BodyLimit limit, BodySink sink) {
    Reception begun = reception;
    if (begun == null) {
      begun = Reception.ofWhole(this, connection, exchange);
      reception = begun;
    } else if (begun.isBegun()) {
      throw new IllegalStateException("exchange: received already (expected: once)");
    }
    begun.begin(limit, sink, deadlines.nanoTime());
  }

  /// The sink of that body wants the next piece.
  void resumeBody() {
    if (reception != null) {
      reception.resume();
    }
  }

  boolean isReceiving() {
    return reception != null;
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
    if (connection.state() == State.RECEIVING) {
      onWhole();
    }
  }

  /// Tells who takes the body that it will not be whole. Whether it is unread is still known.
  void abortBody() {
    if (reception != null) {
      reception.abort();
    }
  }

  /// The exchange is answered: its body is nobody's any more.
  ///
  /// @return whether some of it is still to come
  boolean endBody() {
    Reception ended = reception;
    reception = null;
    return ended != null && !ended.isWhole();
  }

  /// What is refused, when that is the request that is being read.
  @Nullable HttpRequest head() {
    return pending.head();
  }

  /// What was being read is forgotten, and whoever took it told.
  void end() {
    pending.clear();
    Reception cut = reception;
    reception = null;
    if (cut != null) {
      cut.abort();
    }
  }

  /// Why a request is refused that was not here in time.
  ///
  /// @param state that its connection is in: its head or its body was to come
  Refusal late(State state) {
    long pieceNanos = settings.bodyTimeoutNanos();
    if (state == State.HEAD) {
      return Refusal.late(
          "headers",
          firstRequest ? settings.handshakeTimeoutNanos() : settings.headerTimeoutNanos());
    }
    return Refusal.late(
        "body",
        reception == null ? pieceNanos : reception.passedNanos(deadlines.nanoTime(), pieceNanos));
  }
}
