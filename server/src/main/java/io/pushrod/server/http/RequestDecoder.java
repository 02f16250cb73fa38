package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.List;

/// Netty's request decoder behind a gate: it parses nothing while a request is in progress.
///
/// What has arrived meanwhile stays here as bytes, so that another protocol can have them.
final class RequestDecoder extends HttpRequestDecoder {

  /// What becomes of bytes that arrived.
  enum Intake {
    OPEN,
    HELD,
    DISCARDED
  }

  /// Who decides that, and wants to know.
  interface Gate {
    Intake intake();

    /// The first byte of a request is here.
    void onRequestBegins();

    /// Bytes have to wait until [RequestDecoder#resume].
    void onHeld();
  }

  private final Gate gate;
  private ChannelHandlerContext ctx;
  private boolean insideRequest;
  private boolean reading;

  @SuppressWarnings("NullAway.Init")
  RequestDecoder(HttpSettings settings, Gate gate) {
    super(
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.requestLineBytes())
            .setMaxHeaderSize(settings.headerBytes())
            .setStrictLineParsing(true)
            .setUseRfc9112TransferEncoding(true));
    this.gate = gate;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    this.ctx = ctx;
    super.handlerAdded(ctx);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    switch (gate.intake()) {
      case HELD -> gate.onHeld();
      case DISCARDED -> in.skipBytes(in.readableBytes());
      case OPEN -> {
        if (insideRequest || begins(in)) {
          super.decode(ctx, in, out);
          insideRequest = out.isEmpty() || !(out.getLast() instanceof LastHttpContent);
        }
      }
    }
  }

  /// Skips empty lines before a request (RFC 9112 section 2.2).
  private boolean begins(ByteBuf in) {
    while (in.isReadable()) {
      byte next = in.getByte(in.readerIndex());
      if (next != '\r' && next != '\n') {
        insideRequest = true;
        gate.onRequestBegins();
        return true;
      }
      in.skipBytes(1);
    }
    return false;
  }

  /// Netty reads on after a read that yielded no message, even where reading is paused.
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    if (gate.intake() == Intake.HELD) {
      ctx.fireChannelReadComplete();
    } else {
      super.channelReadComplete(ctx);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object input) throws Exception {
    reading = true;
    try {
      super.channelRead(ctx, input);
    } finally {
      reading = false;
    }
  }

  /// The gate has opened: parses what waited. From within a read it need not, as that read goes on
  /// by itself.
  void resume() throws Exception {
    if (!reading && internalBuffer().isReadable()) {
      channelRead(ctx, Unpooled.EMPTY_BUFFER);
      channelReadComplete(ctx);
    }
  }

  /// All bytes that arrived and were not parsed; they are the caller's.
  ByteBuf takeUnparsed() {
    ByteBuf waiting = internalBuffer();
    return waiting.isReadable()
        ? waiting.readRetainedSlice(waiting.readableBytes())
        : Unpooled.EMPTY_BUFFER;
  }
}
