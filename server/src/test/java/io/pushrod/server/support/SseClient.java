package io.pushrod.server.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.sse.SseParser;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/// An event stream client that queues what a browser would dispatch.
public final class SseClient implements AutoCloseable {
  /// One dispatched event.
  ///
  /// @param id the last event id at that moment
  /// @param name of the event; empty for none
  public record Dispatched(String id, String data, String name) {}

  private static final Dispatched END = new Dispatched("", "end of stream", "");

  private final LinkedBlockingQueue<Dispatched> events = new LinkedBlockingQueue<>();
  private final HttpResponse<InputStream> response;

  /// @param headers names and values in turn
  public SseClient(HttpClient http, URI uri, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (headers.length > 0) {
      request.headers(headers);
    }
    response =
        http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream())
            .orTimeout(20, TimeUnit.SECONDS)
            .join();
    Thread.ofVirtual().uncaughtExceptionHandler((_, e) -> e.printStackTrace()).start(this::read);
  }

  private void read() {
    SseParser parser = new SseParser(16 * 1024 * 1024);
    byte[] bytes = new byte[8192];
    try (InputStream in = body()) {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        parser.parse(
            Unpooled.wrappedBuffer(bytes, 0, n),
            (type, data, offset, length) ->
                events.add(
                    new Dispatched(
                        parser.lastEventId(), data.toString(offset, length, UTF_8), type)));
      }
    } catch (IOException e) {
      // the end, like any other
    }
    events.add(END);
  }

  /// An inflater gives what it can as soon as it can.
  private InputStream body() throws IOException {
    boolean gzip = response.headers().firstValue("content-encoding").isPresent();
    return gzip ? new GZIPInputStream(response.body(), 64) : response.body();
  }

  public HttpResponse<InputStream> response() {
    return response;
  }

  /// The next event of any kind, the welcome included.
  public Dispatched next() {
    try {
      Dispatched event = events.poll(20, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("event: none came");
      }
      return event;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public Dispatched nextEvent() {
    Dispatched event = next();
    while (event.data().startsWith("{\"op\"")) {
      event = next();
    }
    return event;
  }

  public List<Dispatched> nextEvents(int count) {
    List<Dispatched> all = new ArrayList<>();
    while (all.size() < count) {
      all.add(nextEvent());
    }
    return all;
  }

  /// Whether the next thing is the end of the stream.
  public boolean ends() {
    return next().equals(END);
  }

  @Override
  public void close() throws IOException {
    response.body().close();
  }
}
