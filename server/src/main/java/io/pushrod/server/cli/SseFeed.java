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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/// Reads a topic over `GET /v1/sse`; resumes with `Last-Event-ID`, as a browser does.
final class SseFeed implements Feed {
  private static final int MAX_EVENT_BYTES = 32 << 20;

  private final TailRequest request;

  SseFeed(TailRequest request) {
    this.request = request;
  }

  @Override
  public Ending read(String after, TailReader reader) throws InterruptedException {
    Attempt attempt = new Attempt(request.silence().toNanos());
    HttpRequest.Builder get =
        HttpRequest.newBuilder(uri(reader.isReading() ? "" : after))
            .header("Authorization", "Bearer " + request.token())
            .header("Accept", "text/event-stream");
    if (reader.isReading() && !after.isEmpty()) {
      get.header("Last-Event-ID", after);
    }
    HttpClient client = request.client();
    CompletableFuture<HttpResponse<String>> response =
        client.sendAsync(get.build(), info -> body(info, attempt, reader));
    var _ = response.whenComplete((answer, error) -> attempt.end(ending(answer, error)));
    try {
      return attempt.await();
    } finally {
      client.shutdownNow();
    }
  }

  private URI uri(String after) {
    return URI.create(
        request.base()
            + "/v1/sse?topic="
            + encode(request.topic())
            + parameter("filter", request.filter())
            + parameter("after", after));
  }

  private static String parameter(String name, String value) {
    return value.isEmpty() ? "" : '&' + name + '=' + encode(value);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static BodySubscriber<String> body(
      ResponseInfo info, Attempt attempt, TailReader reader) {
    String type = info.headers().firstValue("Content-Type").orElse("");
    return info.statusCode() == 200 && type.startsWith("text/event-stream")
        ? BodySubscribers.fromSubscriber(new Stream(attempt, reader), stream -> "")
        : BodySubscribers.ofString(StandardCharsets.UTF_8);
  }

  private Ending ending(@Nullable HttpResponse<String> answer, @Nullable Throwable error) {
    if (answer != null) {
      String type = answer.headers().firstValue("Content-Type").orElse("");
      if (answer.statusCode() == 200 && !type.startsWith("text/event-stream")) {
        return Ending.forGood("no event stream at " + request.base() + " (expected: a Pushrod)");
      }
      return answer.statusCode() == 200
          ? Ending.again("stream ended")
          : TailRequest.refusal(answer.statusCode(), answer.body());
    }
    Throwable cause =
        error != null && !(error instanceof IOException) && error.getCause() != null
            ? error.getCause()
            : error;
    if (cause instanceof IOException) {
      return TailRequest.unreachable(request.base(), cause);
    }
    return Ending.forGood("an error of its own: " + cause);
  }

  private static final class Stream implements Flow.Subscriber<List<ByteBuffer>>, SseListener {
    private final Attempt attempt;
    private final TailReader reader;
    private final SseParser parser = new SseParser(MAX_EVENT_BYTES);
    private long retryMillis;
    private Flow.@Nullable Subscription subscription;

    Stream(Attempt attempt, TailReader reader) {
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
          reader.onMessage(data.toString(offset, length, StandardCharsets.UTF_8), attempt);
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
