package io.pushrod.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonScanner;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A request that a worker holds, from its offer to its release.
///
/// **Thread:** the publisher's loop; only the handler is called on a thread of its own.
final class Lease {
  enum State {
    /// Waits for the grant.
    ACCEPTED,
    /// Its handler works.
    BEGUN,
    /// The settle waits for the run's events.
    ENDED,
    /// The settle is on its way, the release on its way back.
    SETTLED
  }

  final Request request;
  private final Inbox inbox;

  /// Null for a message.
  private final @Nullable RunContext run;

  State state;
  private @Nullable Thread thread;
  private @Nullable Settle settle;

  Lease(Request request, Inbox inbox, Publisher publisher) {
    this.request = request;
    this.inbox = inbox;
    this.run = inbox instanceof Inbox.Runs ? new RunContext(publisher, runRequest()) : null;
    this.state = State.ACCEPTED;
  }

  long number() {
    return request.lease();
  }

  /// Starts the handler. What it ends with is told on its own thread.
  void begin(BiConsumer<Lease, Settle> ended) {
    state = State.BEGUN;
    thread =
        Thread.ofVirtual()
            .name("pushrod-worker-" + request.id())
            .start(() -> ended.accept(this, perform()));
  }

  boolean isCancelled() {
    return run != null && run.cancelled().requested();
  }

  void cancel(Cancel cancel) {
    if (run != null && run.cancelled().request(cancel) && cancel.how() == How.NOW) {
      interrupt();
    }
  }

  /// Ends the handler, if it works, as the lease is over.
  void abort(RunOver cause) {
    if (run != null) {
      run.abort(cause);
    }
    interrupt();
  }

  private void interrupt() {
    if (thread != null && state == State.BEGUN) {
      thread.interrupt();
    }
  }

  void conclude(Settle settle) {
    this.settle = settle;
    state = State.ENDED;
  }

  /// What to say at the end, once all that comes before it was written.
  @Nullable Settle settle() {
    return settle;
  }

  /// The run's last event, null for none. Called when the handler has ended.
  @Nullable Pending last() {
    return run == null ? null : run.last();
  }

  // On the handler's thread.

  private Settle perform() {
    try {
      String output = "";
      switch (inbox) {
        case Inbox.Runs runs -> {
          RunContext context = Objects.requireNonNull(run);
          output = checked(runs.handler().run(runRequest(), context));
          context.checkOpen();
        }
        case Inbox.Messages messages -> messages.handler().take(messageRequest());
      }
      return new Settle(number(), Outcome.COMPLETED, output);
    } catch (Throwable e) {
      return failed(e);
    } finally {
      if (run != null) {
        run.end(new RunOver(null, "the handler has ended"));
      }
    }
  }

  private static String checked(@Nullable String output) {
    if (output == null || output.isEmpty()) {
      return "";
    }
    ByteBuf json = Unpooled.copiedBuffer(output, UTF_8);
    JsonScanner.check("output", json, 0, json.readableBytes());
    return output;
  }

  private Settle failed(Throwable thrown) {
    Throwable failure = cause(thrown);
    return switch (failure) {
      case RunFailed known -> failed(known.code(), known.text(), known.retryable());
      case PublishRejected rejected -> failed(rejected.code(), rejected);
      case RequestException bad -> failed(bad.code(), bad);
      case RunOver over -> failed(ErrorCode.FENCED, over);
      case CancellationException _ when isCancelled() -> cancelled();
      case InterruptedException _ when isCancelled() -> cancelled();
      default -> {
        Publisher.LOG.warn("{} of {} failed", request.id(), request.inbox(), failure);
        yield failed(ErrorCode.INTERNAL.label(), failure.getClass().getSimpleName(), false);
      }
    };
  }

  /// What a future has wrapped.
  private static Throwable cause(Throwable thrown) {
    boolean wraps = thrown instanceof ExecutionException || thrown instanceof CompletionException;
    return wraps && thrown.getCause() != null ? thrown.getCause() : thrown;
  }

  private Settle failed(ErrorCode code, RuntimeException failure) {
    return failed(code.label(), String.valueOf(failure.getMessage()), code.retryable());
  }

  Settle cancelled() {
    return new Settle(number(), Outcome.CANCELLED, "");
  }

  Settle failed(String code, String message, boolean retryable) {
    ByteBuf json = Unpooled.buffer(128);
    var data = new JsonObjectWriter(json);
    data.text("code", code).text("message", message).bool("retryable", retryable);
    data.end();
    return new Settle(number(), Outcome.FAILED, json.toString(UTF_8));
  }

  private RunRequest runRequest() {
    return new RunRequest(
        request.id(),
        request.inbox().startsWith(Inbox.Runs.PREFIX)
            ? request.inbox().substring(Inbox.Runs.PREFIX.length())
            : request.inbox(),
        request.user(),
        request.topics(),
        request.ids(),
        request.attempt(),
        request.payload());
  }

  private MessageRequest messageRequest() {
    return new MessageRequest(
        request.id(), request.inbox(), request.user(), request.ids(), request.payload());
  }
}
