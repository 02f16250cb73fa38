package io.pushrod.server.cli;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.sse.SseListener;
import io.pushrod.codec.sse.SseParser;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.BodySubscribers;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// A server's event streams; resumes with `Last-Event-ID`, as a browser does.
final class EventStream {
  private static final int MAX_EVENT_BYTES = 32 << 20;

  private final URI base;
  private final String token;
  private final Duration silence;

  /// @param base URL of the server, without a slash at the end
  /// @param silence how long nothing may be heard until the server says its heartbeat
  EventStream(URI base, String token, Duration silence) {
    this.base = base;
    this.token = token;
    this.silence = silence;
  }

  /// Connects, gives everything that comes to the reader, and returns when that is over.
  ///
  /// @param path with query
  Ending read(String path, StreamReader reader) throws InterruptedException {
    Attempt attempt = new Attempt(silence.toNanos());
    HttpRequest.Builder get =
        HttpRequest.newBuilder(URI.create(base + path))
            .header("Authorization", "Bearer " + token)
            .header("Accept", "text/event-stream");
    if (reader.isReading() && !reader.cursor().isEmpty()) {
      get.header("Last-Event-ID", reader.cursor());
    }
    HttpClient client = TailRequest.client();
    CompletableFuture<HttpResponse<String>> response =
        client.sendAsync(get.build(), info -> body(info, attempt, reader));
    var _ = response.whenComplete((answer, error) -> attempt.end(ending(answer, error)));
    try {
      return attempt.await();
    } finally {
      client.shutdownNow();
    }
  }

  /// A text as part of a path or query.
  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static BodySubscriber<String> body(
      ResponseInfo info, Attempt attempt, StreamReader reader) {
    String type = info.headers().firstValue("Content-Type").orElse("");
    return info.statusCode() == 200 && type.startsWith("text/event-stream")
        ? BodySubscribers.fromSubscriber(new Stream(attempt, reader), stream -> "")
        : BodySubscribers.ofString(StandardCharsets.UTF_8);
  }

  private Ending ending(@Nullable HttpResponse<String> answer, @Nullable Throwable error) {
    if (answer != null) {
      String type = answer.headers().firstValue("Content-Type").orElse("");
      if (answer.statusCode() == 200 && !type.startsWith("text/event-stream")) {
        return Ending.forGood("no event stream at " + base + " (expected: a Pushrod)");
      }
      return answer.statusCode() == 200
          ? Ending.again("stream ended")
          : Refusal.of(answer.statusCode(), answer.body());
    }
    Throwable cause =
        error != null && !(error instanceof IOException) && error.getCause() != null
            ? error.getCause()
            : error;
    if (cause instanceof IOException) {
      return TailRequest.unreachable(base, cause);
    }
    return Ending.forGood("an error of its own: " + cause);
  }

  private static final class Stream implements Flow.Subscriber<List<ByteBuffer>>, SseListener {
    private final Attempt attempt;
    private final StreamReader reader;
    private final SseParser parser = new SseParser(MAX_EVENT_BYTES);
    private long retryMillis;
    private Flow.@Nullable Subscription subscription;

    Stream(Attempt attempt, StreamReader reader) {
      this.attempt = attempt;
      this.reader = reader;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      this.subscription = subscription;
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
      attempt.onHeard(() -> buffers.forEach(this::parse));
    }

    private void parse(ByteBuffer buffer) {
      try {
        parser.parse(Unpooled.wrappedBuffer(buffer), this);
      } catch (ProtocolException e) {
        end(Ending.forGood(String.valueOf(e.getMessage())));
      }
    }

    @Override
    public void onRetry(int millis) {
      retryMillis = millis;
    }

    @Override
    public void onEvent(String type, ByteBuf data, int offset, int length) {
      Ending ending =
          reader.onEvent(type, data.toString(offset, length, StandardCharsets.UTF_8), attempt);
      reader.onCursor(parser.lastEventId());
      if (ending != null) {
        end(ending.waitMillis() == 0 ? ending.withWait(retryMillis) : ending);
      }
    }

    private void end(Ending ending) {
      attempt.end(ending);
      if (subscription != null) {
        subscription.cancel();
      }
    }

    @Override
    public void onError(Throwable error) {
      attempt.end(Ending.again("connection lost").withWait(retryMillis));
    }

    @Override
    public void onComplete() {
      attempt.end(Ending.again("stream ended").withWait(retryMillis));
    }
  }
}
