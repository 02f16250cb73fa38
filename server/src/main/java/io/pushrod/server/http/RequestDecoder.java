package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Netty's request decoder behind a gate: it parses nothing while a request is in progress, and
/// nothing that [HeadScan] and [ChunkScan] refuse.
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

  private final HeadScan scan = new HeadScan();
  private final Gate gate;
  private ChannelHandlerContext ctx;
  private boolean insideRequest;
  private boolean reading;

  /// Of a chunked body; null in a head and in any other body.
  private @Nullable ChunkScan chunks;

  /// How many of the bytes that were not parsed yet are known to be well-formed.
  private int scannedBytes;

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
          decodeStrictly(ctx, in, out);
          insideRequest = out.isEmpty() || !(out.getLast() instanceof LastHttpContent);
        }
      }
    }
  }

  /// Lets Netty parse what the scan has found well-formed, and fails where that ends. A carriage
  /// return waits for its line feed: alone Netty would count it as a byte of its line, so that a
  /// line of the greatest length would be too long or not, depending on where the input is split.
  private void decodeStrictly(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
      throws Exception {
    int from = in.readerIndex();
    int end = in.writerIndex();
    scan(in);
    int visible = isRefused() ? from + scannedBytes : end;
    in.writerIndex(scan.awaitsLineFeed() ? visible - 1 : visible);
    super.decode(ctx, in, out);
    in.writerIndex(end);
    int parsedBytes = in.readerIndex() - from;
    scannedBytes = Math.max(0, scannedBytes - parsedBytes);
    if (!out.isEmpty() && out.getFirst() instanceof HttpRequest head) {
      chunks = HttpUtil.isTransferEncodingChunked(head) ? new ChunkScan(scan) : null;
    } else if (out.isEmpty() && parsedBytes == 0 && isRefused()) {
      in.skipBytes(in.readableBytes());
      out.add(refused());
    }
  }

  private void scan(ByteBuf in) {
    int from = in.readerIndex() + scannedBytes;
    ChunkScan body = chunks;
    if (body != null) {
      scannedBytes = body.scan(in, from) - in.readerIndex();
    } else if (!scan.isDone()) {
      scannedBytes = scan.scan(in, from) - in.readerIndex();
    }
  }

  private boolean isRefused() {
    return chunks == null ? scan.isRefused() : chunks.isRefused();
  }

  private HttpObject refused() {
    HttpObject part =
        chunks == null
            ? new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, "/")
            : new DefaultLastHttpContent();
    part.setDecoderResult(
        DecoderResult.failure(
            new ProtocolException(CloseReason.PROTOCOL_ERROR, "request: malformed")));
    return part;
  }

  /// Skips empty lines before a request (RFC 9112 section 2.2).
  private boolean begins(ByteBuf in) {
    while (in.isReadable()) {
      byte next = in.getByte(in.readerIndex());
      if (next != '\r' && next != '\n') {
        insideRequest = true;
        chunks = null;
        scannedBytes = 0;
        scan.beginRequest();
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
