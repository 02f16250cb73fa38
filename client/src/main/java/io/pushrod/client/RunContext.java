package io.pushrod.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.json.JsonObjectWriter;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Flow;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a handler says of its run while it does it.
///
/// Events leave in the order in which they are emitted, to all topics of the run. Emitting waits
/// while the worker's bound of unacknowledged events is full, and throws
/// - [RunOver] once the run is no longer this worker's;
/// - [PublishRejected] when the server has refused an event of this run before, or this one is too
///   large: nothing is lost unnoticed;
/// - [CancellationException] when it is interrupted while it waits;
/// - [RequestException] when the event's type is not one, or one that the server writes itself: a
///   run begins by its grant and ends by what its handler returns or throws.
///
/// **Thread:** any that the handler uses; it must have joined them when it returns.
public final class RunContext {
  /// With which the server tells how a run goes; it takes them from nobody.
  private static final Set<String> SERVERS =
      Set.of("run_start", "run_end", "error", "cancelled", "cancelling", "stalled", "heartbeat");

  private final Publisher publisher;
  private final Publication template;
  private final Cancellation cancellation = new Cancellation();

  /// Makes the order of events one, so that `last` is the last one.
  private final ReentrantLock order = new ReentrantLock();

  private @Nullable Pending last;

  /// Why nothing more is emitted. When two causes race, either holds.
  private volatile @Nullable RunOver over;

  /// The first refusal that was noticed.
  private volatile @Nullable PublishRejected rejected;

  RunContext(Publisher publisher, RunRequest request) {
    this.publisher = publisher;
    Publication first = Publication.of(request.topics().getFirst(), "run", "");
    for (String topic : request.topics().subList(1, request.topics().size())) {
      first = first.alsoTo(topic);
    }
    first = first.withId(IdField.RUN_ID, request.id()).withId(IdField.AGENT_ID, request.agent());
    for (Map.Entry<IdField, String> id : request.ids().entrySet()) {
      first = first.withId(id.getKey(), id.getValue());
    }
    template = first;
  }

  // Emitting.

  /// Emits an event of any type.
  ///
  /// @param dataJson one JSON value
  public void emit(String type, String dataJson) {
    emit(type, dataJson.getBytes(UTF_8));
  }

  /// Emits a piece of text.
  public void token(String text) {
    emit("token_chunk", data -> data.text("text", text));
  }

  /// Emits a piece of one of several texts that grow at the same time, told apart by who writes
  /// them and by their kind.
  ///
  /// @param index the number of the piece in its text, from 0, which begins it anew; negative for
  ///   none
  /// @param marker what kind of text, such as `thinking`
  /// @param agent who writes it
  public void delta(String text, int index, @Nullable String marker, @Nullable String agent) {
    emit(
        "token_chunk",
        data -> {
          data.text("text", text);
          if (index >= 0) {
            data.number("index", index);
          }
          optional(data, "marker", marker);
          optional(data, "agent", agent);
        });
  }

  /// Says that a step is done, and how long it took.
  public void step(String name, Duration duration) {
    emit("node_end", data -> data.text("node", name).number("duration_ms", duration.toMillis()));
  }

  /// Says how far the run is.
  ///
  /// @param fraction of the whole; taken as 0 or 1 when it is beyond
  public void progress(@Nullable String step, double fraction, @Nullable String message) {
    if (Double.isNaN(fraction)) {
      throw new IllegalArgumentException("fraction: NaN (expected: 0-1)");
    }
    emit(
        "progress",
        data -> {
          optional(data, "step", step);
          data.raw("progress", Double.toString(Math.clamp(fraction, 0.0, 1.0)));
          optional(data, "message", message);
        });
  }

  /// @param dataJson one JSON value
  public void checkpoint(String name, String dataJson) {
    emit("checkpoint", data -> data.text("name", name).raw("data", dataJson));
  }

  /// Says that there is a file.
  ///
  /// @param mime its media type
  /// @param size in bytes
  /// @param preview its beginning, or what stands for it
  public void artifact(String path, String mime, long size, @Nullable String preview) {
    emit(
        "artifact_written",
        data -> {
          data.text("path", path).text("mime", mime).number("size", size);
          optional(data, "preview", preview);
        });
  }

  /// Emits an event of the application's own.
  ///
  /// @param name becomes the type `custom:<name>`
  /// @param dataJson one JSON value
  public void custom(String name, String dataJson) {
    emit("custom:" + name, dataJson);
  }

  private static void optional(JsonObjectWriter data, String name, @Nullable String value) {
    if (value != null) {
      data.text(name, value);
    }
  }

  private void emit(String type, Consumer<JsonObjectWriter> members) {
    ByteBuf json = Unpooled.buffer(64);
    var data = new JsonObjectWriter(json);
    members.accept(data);
    data.end();
    emit(type, ByteBufUtil.getBytes(json));
  }

  private void emit(String type, byte[] dataJson) {
    if (SERVERS.contains(type)) {
      throw new RequestException(
          ErrorCode.BAD_TYPE, "type: " + type + " (expected: one that the server does not write)");
    }
    Publication event = template.like(TypeName.checked(type), dataJson);
    checkOpen();
    try {
      if (!order.tryLock()) {
        order.lockInterruptibly();
      }
      try {
        Pending pending = publisher.enqueue(event);
        last = pending;
        if (pending.settled.isCompletedExceptionally()) {
          onFailure(pending.settled.exceptionNow());
          checkOpen();
        } else {
          var _ = pending.settled.exceptionally(this::onFailure);
        }
      } finally {
        order.unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      checkOpen();
      throw new CancellationException("interrupted while waiting to emit");
    }
  }

  /// @throws RunOver when nothing more is emitted
  /// @throws PublishRejected when an event was refused
  void checkOpen() {
    RunOver ended = over;
    if (ended != null) {
      throw ended;
    }
    PublishRejected refusal = rejected;
    if (refusal != null) {
      throw refusal;
    }
  }

  private @Nullable Published onFailure(Throwable failure) {
    switch (failure) {
      case PublishRejected refusal when refusal.code() == ErrorCode.FENCED ->
          abort(new RunOver(ErrorCode.FENCED, "the server takes nothing more"));
      case PublishRejected refusal -> {
        if (rejected == null) {
          Publisher.LOG.warn("an event of a run was rejected: {}", refusal.getMessage());
          rejected = refusal;
        }
      }
      default -> abort(new RunOver(null, String.valueOf(failure.getMessage())));
    }
    return null;
  }

  // Forwarding.

  /// Emits each chunk as a token, until there are no more or the run is cancelled with `NOW`.
  ///
  /// @return null, so that a handler can end with it: no output besides the tokens
  /// @throws CancellationException when it was cancelled
  public @Nullable String forward(Iterator<String> chunks) {
    while (chunks.hasNext()) {
      String chunk = chunks.next();
      checkNotCancelled();
      token(chunk);
    }
    return null;
  }

  /// Does the same with all elements.
  public @Nullable String forward(Iterable<String> chunks) {
    return forward(chunks.iterator());
  }

  /// Does the same with what a publisher publishes, of which it asks for one at a time; it cancels
  /// its subscription when the run is cancelled with `NOW`, or is over.
  ///
  /// @throws Exception what the publisher ended with
  public @Nullable String forward(Flow.Publisher<String> chunks) throws Exception {
    var tokens = new TokenSubscriber(this);
    chunks.subscribe(tokens);
    tokens.await();
    return null;
  }

  void checkNotCancelled() {
    if (cancellation.how() == How.NOW) {
      checkOpen();
      throw new CancellationException("cancelled: " + cancellation.reason());
    }
  }

  // Ending.

  /// Whether the run is asked to end: to poll, and to be told.
  public Cancellation cancelled() {
    return cancellation;
  }

  /// Emits nothing more.
  void end(RunOver cause) {
    if (over == null) {
      over = cause;
    }
  }

  /// Emits nothing more, and says so to a handler that still works.
  void abort(RunOver cause) {
    if (over == null) {
      over = cause;
      cancellation.requestAtOnce(String.valueOf(cause.getMessage()));
    }
  }

  /// The last event, null for none. Called when the handler has ended.
  @Nullable Pending last() {
    order.lock();
    try {
      return last;
    } finally {
      order.unlock();
    }
  }
}
