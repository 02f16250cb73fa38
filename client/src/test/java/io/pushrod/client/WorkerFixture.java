package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// A fake server and the workers of one test. Runs are of the agent `echo`, with the lease as their
/// number.
class WorkerFixture extends PublisherFixture {
  private final List<Worker> workers = new ArrayList<>();

  @AfterEach
  void closeWorkers() {
    workers.forEach(Worker::close);
  }

  PublisherConfig hasty() {
    return server
        .config()
        .withTiming(
            new PublisherConfig.Timing(
                Duration.ofSeconds(10),
                Duration.ofMillis(1),
                Duration.ofMillis(2),
                Duration.ofMillis(20)));
  }

  /// Starts a worker and reads what it consumes.
  Worker start(Worker.Builder builder, int inboxes) throws InterruptedException {
    Worker worker = builder.start();
    workers.add(worker);
    for (int i = 0; i < inboxes; i++) {
      take(Consume.class);
    }
    return worker;
  }

  /// Starts a worker with up to 8 runs of `echo` at once.
  Worker echo(RunHandler handler) throws InterruptedException {
    return start(Worker.of(hasty()).agent("echo", 8, handler), 1);
  }

  /// Hands a run to the worker.
  void begin(long lease) throws InterruptedException {
    server.send(run(lease));
    assertThat(take(Accept.class).lease()).isEqualTo(lease);
    server.send(new Grant(lease));
  }

  static Request run(long lease) {
    return run(lease, 60_000);
  }

  static Request run(long lease, int leaseMillis) {
    return new Request(
        lease,
        Request.Kind.RUN,
        leaseMillis,
        1,
        "agent/echo",
        "r" + lease,
        "ann",
        List.of("run/r" + lease, "thread/42"),
        Map.of(IdField.THREAD_ID, "42"),
        "{\"text\":\"hi\"}");
  }

  static Request message(long lease, String inbox) {
    return new Request(
        lease,
        Request.Kind.MESSAGE,
        60_000,
        1,
        inbox,
        "m" + lease,
        "ann",
        List.of(),
        Map.of(),
        "7");
  }

  /// The next frame about the worker's work.
  <T extends IngestFrame> T take(Class<T> type) throws InterruptedException {
    return type.cast(assertThat(taken(server.work)).isInstanceOf(type).actual());
  }

  static <T> T taken(BlockingQueue<T> queue) throws InterruptedException {
    @Nullable T next = queue.poll(10, SECONDS);
    if (next == null) {
      throw new AssertionError("queue: empty (expected: something within 10 s)");
    }
    return next;
  }

  /// Waits until the worker has done all that was told to it, as far as its loop is concerned.
  void assertNothingIsSaid() throws InterruptedException {
    roundTrip();
    assertThat(server.work).isEmpty();
  }

  static Settle failed(long lease, String code, String message, boolean retryable) {
    return new Settle(
        lease,
        Outcome.FAILED,
        "{\"code\":\"%s\",\"message\":\"%s\",\"retryable\":%s}"
            .formatted(code, message, retryable));
  }
}
