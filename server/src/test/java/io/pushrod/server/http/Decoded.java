package io.pushrod.server.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;

/// What our request decoder and its rules make of bytes, as text that compares, up to and with the
/// first refusal.
final class Decoded {
  static final HttpSettings SETTINGS = new HttpSettings(1024, 2048, 64, 4096, 64, 1, 1, 1, 1);

  private final List<String> seen = new ArrayList<>();
  private final StringBuilder body = new StringBuilder();
  private boolean refused;

  private Decoded() {}

  /// Feeds `bytes` in pieces of the given lengths, over and over.
  static List<String> of(byte[] bytes, int... pieces) {
    Decoded decoded = new Decoded();
    EmbeddedChannel channel = new EmbeddedChannel(new RequestDecoder(SETTINGS, decoded.gate()));
    int turn = 0;
    for (int at = 0; at < bytes.length && !decoded.refused; ) {
      int length = Math.min(pieces[turn++ % pieces.length], bytes.length - at);
      channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
      at += length;
      decoded.take(channel);
    }
    channel.finishAndReleaseAll();
    if (!decoded.refused && !decoded.body.isEmpty()) {
      decoded.seen.add("part of a body: " + decoded.body);
    }
    return decoded.seen;
  }

  private RequestDecoder.Gate gate() {
    return new RequestDecoder.Gate() {
      @Override
      public RequestDecoder.Intake intake() {
        return refused ? RequestDecoder.Intake.DISCARDED : RequestDecoder.Intake.OPEN;
      }

      @Override
      public void onRequestBegins() {}

      @Override
      public void onHeld() {}
    };
  }

  private void take(EmbeddedChannel channel) {
    for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
      try {
        if (!refused) {
          take((HttpObject) message);
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }
  }

  private void take(HttpObject object) {
    if (object.decoderResult().isFailure()) {
      refuse(Refusal.undecodable(object, SETTINGS));
      return;
    }
    if (object instanceof HttpRequest request) {
      seen.add(request.method() + " " + request.uri() + " " + request.headers().entries());
      Refusal refusal = RequestRules.check(request, SETTINGS);
      if (refusal != null) {
        refuse(refusal);
        return;
      }
    }
    if (object instanceof HttpContent content) {
      ByteBuf bytes = content.content();
      body.append(bytes.toString(ISO_8859_1));
      if (content instanceof LastHttpContent last) {
        seen.add("body " + body + " " + last.trailingHeaders().entries());
        body.setLength(0);
      }
    }
  }

  private void refuse(Refusal refusal) {
    refused = true;
    body.setLength(0);
    seen.add("refused " + refusal);
  }
}
