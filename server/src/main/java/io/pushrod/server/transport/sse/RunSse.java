package io.pushrod.server.transport.sse;

import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.RequestException;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.dialect.DockrionEvents;
import io.pushrod.server.http.Exchange;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.runs.RunStream;
import io.pushrod.server.surface.runs.RunTransport;
import java.util.concurrent.ThreadLocalRandom;

/// Streams of runs as event streams.
public final class RunSse implements RunTransport {
  private final Hub hub;
  private final NativeSurface surface;
  private final SseSettings settings;
  private final SseFormats forms;
  private final RenderedEventFormats formats;

  /// None of them takes commands from a POST beside it.
  private final SseStreams streams = new SseStreams();

  public RunSse(Hub hub, NativeSurface surface, SseSettings settings, Compression compression) {
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
  public boolean tells(RequestException refusal) {
    return refusal.code().retryable();
  }

  @Override
  public void open(Exchange exchange, Identity who, RunStream stream) {
    Channel channel = exchange.channel();
    Shard shard = hub.of(channel.eventLoop());
    SseFormat form = forms.of(shard, exchange);
    RunSseConnection connection =
        new RunSseConnection(
            channel,
            shard,
            surface,
            settings,
            ThreadLocalRandom.current().nextLong(),
            form,
            formats.of(
                shard.index(), form, stream.shape(), () -> new DockrionEvents(stream.shape())),
            stream);
    if (SseHead.open(exchange, connection, streams, forms.headerLines())
        && connection.open(who, 1)) {
      stream.begin(connection, connection::onDecided);
    }
  }

  @Override
  public void refuse(Exchange exchange, CloseReason reason) {
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
      connection.refuse(reason);
    }
  }
}
