package io.pushrod.server.auth;

import io.pushrod.server.config.AuthConfig.Jwks;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Fetches key sets with the JDK's HTTP client: by GET, without following redirects, without
/// cookies, to the configured URL and nowhere else.
///
/// **Thread:** any.
final class HttpKeyFetcher implements KeyFetcher, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(HttpKeyFetcher.class);
  private static final int OK = 200;

  private final int maxBytes;
  private final long timeoutNanos;
  private final HttpClient client;
  private final ScheduledExecutorService thread =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("jwks").daemon().factory());

  HttpKeyFetcher(Jwks settings) {
    this.maxBytes = settings.bytes();
    this.timeoutNanos = TimeUnit.MILLISECONDS.toNanos(settings.timeoutMillis());
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofMillis(settings.timeoutMillis()))
            .build();
  }

  @Override
  public void fetch(URI url, Consumer<Fetched> then) {
    later(
        0,
        () -> {
          try {
            send(url, then);
          } catch (RuntimeException e) {
            // The client throws at once what it will not even send.
            log.warn("key set: not asked for: {}", e.getClass().getSimpleName());
            later(0, () -> then.accept(new Failed(FetchResult.UNREACHABLE)));
          }
        });
  }

  /// The client's own timeout ends with the headers; ours ends with the last byte.
  private void send(URI url, Consumer<Fetched> then) {
    HttpRequest request =
        HttpRequest.newBuilder(url).header("Accept", "application/json").GET().build();
    CompletableFuture<HttpResponse<byte[]>> sent =
        client.sendAsync(
            request, answer -> new BoundedBody(answer.statusCode() == OK ? maxBytes : 0));
    Future<?> deadline =
        thread.schedule(() -> sent.cancel(true), timeoutNanos, TimeUnit.NANOSECONDS);
    var _ =
        sent.whenComplete(
            (answer, failure) -> {
              deadline.cancel(false);
              later(0, () -> then.accept(fetched(answer, failure)));
            });
  }

  private static Fetched fetched(
      @Nullable HttpResponse<byte[]> answer, @Nullable Throwable failure) {
    if (answer != null && answer.body() != null) {
      if (answer.statusCode() != OK) {
        return new Failed(FetchResult.STATUS);
      }
      return new Body(new String(answer.body(), StandardCharsets.UTF_8));
    }
    return new Failed(
        switch (cause(failure)) {
          case BoundedBody.TooLarge tooLarge ->
              tooLarge.maxBytes() == 0 ? FetchResult.STATUS : FetchResult.TOO_LARGE;
          case HttpTimeoutException _, CancellationException _ -> FetchResult.TIMEOUT;
          case null, default -> FetchResult.UNREACHABLE;
        });
  }

  /// The client wraps what a body's reader threw, sometimes twice.
  private static @Nullable Throwable cause(@Nullable Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each instanceof BoundedBody.TooLarge || each instanceof CancellationException) {
        return each;
      }
      if (!(each instanceof CompletionException) && each.getCause() == null) {
        return each;
      }
    }
    return failure;
  }

  @Override
  public void later(long delayNanos, Runnable task) {
    try {
      var _ = thread.schedule(() -> run(task), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException _) {
      // Closed: nobody waits any more.
    }
  }

  /// What a task throws would be lost in its future.
  private static void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      log.error("key set: task failed", e);
    }
  }

  @Override
  public long nanos() {
    return System.nanoTime();
  }

  @Override
  public void close() {
    thread.shutdownNow();
    client.shutdownNow();
  }
}
