package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.codec.websocket.MessageInflater;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.codec.websocket.WebSocketParser;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeSurface;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Sends every message back as it came, over the product's own framing.
///
/// **Thread:** its shard.
final class EchoConnection extends WebSocketConnection {
  private static final Identity ANYONE =
      new Identity(
          "conformance",
          "",
          Set.of(),
          Grants.NONE,
          Grants.NONE,
          Grants.NONE,
          Set.of(),
          0,
          Long.MAX_VALUE,
          "");

  /// Both sides of one connection's compression. Nothing refers back to an earlier message, which
  /// any agreement allows.
  private record Coding(BlockDeflater deflater, MessageInflater inflater, int windowBytes) {
    static Coding of(DeflateParameters agreed) {
      return new Coding(
          new BlockDeflater(6),
          new MessageInflater(!agreed.clientNoContextTakeover()),
          agreed.serverWindowBytes());
    }
  }

  private final @Nullable Coding coding;
  private int peerCode;

  EchoConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      WebSocketSettings settings,
      @Nullable DeflateParameters agreed) {
    super(channel, shard, surface, settings, null);
    this.coding = agreed == null ? null : Coding.of(agreed);
  }

  /// Begins to watch its time, without a word.
  void start() {
    watch(ANYONE);
  }

  @Override
  WebSocketParser parser() {
    int bytes = settings().frameBytes();
    int fragments = settings().fragments();
    return coding == null
        ? WebSocketParser.ofClientFrames(bytes, fragments)
        : WebSocketParser.ofCompressedClientFrames(bytes, fragments, coding.inflater());
  }

  @Override
  void onText(ByteBuf buf, int offset, int length) {
    echo(true, buf, offset, length);
  }

  @Override
  void onBinary(ByteBuf buf, int offset, int length) {
    echo(false, buf, offset, length);
  }

  private void echo(boolean text, ByteBuf buf, int offset, int length) {
    ByteBuf out = channel().alloc().directBuffer(length + WebSocketFrames.MAX_HEADER_BYTES);
    if (coding != null) {
      compress(coding, out, text, buf, offset, length);
    } else if (text) {
      WebSocketFrames.writeText(out, buf, offset, length);
    } else {
      WebSocketFrames.writeBinary(out, buf, offset, length);
    }
    send(out);
  }

  private static void compress(
      Coding coding, ByteBuf out, boolean text, ByteBuf buf, int offset, int length) {
    ByteBuf blocks = out.alloc().directBuffer();
    try {
      if (length > 0) {
        coding.deflater().write(blocks, buf, offset, length, coding.windowBytes());
      }
      WebSocketFrames.writeCompressed(out, text, blocks);
    } finally {
      blocks.release();
    }
  }

  @Override
  void onPeerClose(int code) {
    peerCode = code;
    close(CloseReason.NORMAL);
  }

  /// No control before it; the peer's own code where the peer closes.
  @Override
  protected ByteBuf goodbye(CloseReason reason) {
    ByteBuf out = channel().alloc().directBuffer(128);
    if (peerCode != 0) {
      WebSocketFrames.writeClose(out, peerCode, "");
    } else {
      WebSocketFrames.writeClose(out, reason);
    }
    return out;
  }

  @Override
  void released() {
    if (coding != null) {
      coding.deflater().close();
      coding.inflater().close();
    }
  }
}
