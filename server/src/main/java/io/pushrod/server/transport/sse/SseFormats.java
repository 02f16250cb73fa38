package io.pushrod.server.transport.sse;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.compression.Compressor;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Shard;
import java.util.List;

/// Finds the format for a stream, shared by all that asked for the same.
///
/// **Thread:** any; each format belongs to its shard.
final class SseFormats {
  /// Both formats of one shard.
  private record Gzip(GzipFormat chunked, GzipFormat plain) {
    static Gzip of(Compressor compressor) {
      return new Gzip(new GzipFormat(true, compressor), new GzipFormat(false, compressor));
    }
  }

  private final boolean compresses;
  private final List<Gzip> gzip;

  SseFormats(Compression compression) {
    this.compresses = compression.settings().sse();
    this.gzip = compresses ? compression.shards().stream().map(Gzip::of).toList() : List.of();
  }

  SseFormat of(Shard shard, Exchange exchange) {
    boolean chunked = !exchange.isHttp10();
    if (compresses
        && AcceptEncoding.prefersGzip(exchange.headers().getAll(HttpHeaderNames.ACCEPT_ENCODING))) {
      Gzip of = gzip.get(shard.index());
      return chunked ? of.chunked() : of.plain();
    }
    return chunked ? PlainFormat.CHUNKED : PlainFormat.PLAIN;
  }

  /// The headers of every stream, each with its CRLF.
  String headerLines() {
    return compresses ? "vary: Accept-Encoding\r\n" : "";
  }
}
