package io.pushrod.server.transport.websocket;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.codec.websocket.DeflateParameters;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import org.jspecify.annotations.Nullable;

/// Agrees to permessage-deflate, always without context takeover, and finds the format that those
/// who agreed to the same share.
///
/// **Thread:** each shard its own formats.
final class DeflatedFormats {
  private final Compression compression;

  /// By shard and window bits.
  private final @Nullable DeflatedFormat[][] formats;

  DeflatedFormats(Compression compression) {
    this.compression = compression;
    this.formats =
        new DeflatedFormat[compression.shards().size()][DeflateParameters.MAX_WINDOW_BITS + 1];
  }

  /// What is agreed to; null for nothing.
  @Nullable DeflateParameters negotiate(Exchange exchange) {
    if (!compression.settings().websocket()) {
      return null;
    }
    DeflateParameters agreed =
        DeflateParameters.negotiate(
            exchange.headers().getAll(HttpHeaderNames.SEC_WEBSOCKET_EXTENSIONS));
    return agreed == null ? null : agreed.withoutTakeover();
  }

  DeflatedFormat of(Shard shard, DeflateParameters agreed) {
    @Nullable DeflatedFormat[] ofShard = formats[shard.index()];
    DeflatedFormat format = ofShard[agreed.serverWindowBits()];
    if (format == null) {
      format =
          new DeflatedFormat(compression.shards().get(shard.index()), agreed.serverWindowBytes());
      ofShard[agreed.serverWindowBits()] = format;
    }
    return format;
  }
}
