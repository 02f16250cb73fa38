package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Opening;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.SurfaceTransport;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// Surfaces as event streams.
public final class SurfaceSse implements SurfaceTransport {
  private final Hub hub;
  private final NativeSurface surface;
  private final SseSettings settings;
  private final SseFormats forms;
  private final RenderedEventFormats formats;

  /// None of them takes commands from a POST beside it.
  private final SseStreams streams = new SseStreams();

  public SurfaceSse(Hub hub, NativeSurface surface, SseSettings settings, Compression compression) {
    this.hub = hub;
    this.surface = surface;
    this.settings = settings;
    this.forms = new SseFormats(compression);
    this.formats = new RenderedEventFormats(compression.shards().size());
  }

  @Override
  public void check(Exchange exchange) {}

  /// Native EventSource gives up for good on every status but 200.
  @Override
  public boolean tells(RequestException why) {
    return why.code().retryable();
  }

  @Override
  public void open(Exchange exchange, @Nullable Identity who, Opening opening) {
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    SurfaceSseConnection connection =
        new SurfaceSseConnection(
            channel, shard, surface, settings, forms.of(shard, exchange), formats, opening);
    if (SseHead.open(exchange, connection, streams, forms.headerLines())) {
      connection.begin(who);
    }
  }

  @Override
  public void refuse(Exchange exchange, Row row, CloseReason reason, Farewell farewell) {
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    NamedSseConnection connection =
        new NamedSseConnection(
            channel,
            shard,
            surface,
            settings,
            ThreadLocalRandom.current().nextLong(),
            forms.of(shard, exchange));
    if (SseHead.open(exchange, connection, streams, forms.headerLines())) {
      String json = farewell.json();
      if (json != null) {
        ByteBuf bytes = ByteBufUtil.writeUtf8(channel.alloc(), json);
        ByteBuf text = channel.alloc().directBuffer(bytes.readableBytes() + 64);
        RenderedEventFormat.writeNamed(text, farewell.name(), bytes);
        bytes.release();
        connection.send(connection.framed(text));
      }
      connection.refuse(reason);
    }
  }
}
