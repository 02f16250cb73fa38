package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Renew;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Connections break, and workers end.
@Timeout(30)
class WorkerReconnectTest extends WorkerFixture {
  private final CountDownLatch go = new CountDownLatch(1);

  @Test
  void goesOnWithItsRunOnTheNextConnection() throws Exception {
    echo(
        (_, run) -> {
          go.await();
          run.token("after the cut");
          return "1";
        });
    begin(1);

    server.run(() -> server.present().close());

    assertThat(taken(server.renewals)).isEqualTo(new Renew(List.of(1L)));
    assertThat(take(Consume.class)).isEqualTo(new Consume("agent/echo", 8));
    go.countDown();
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
    assertThat(server.storedPayloads()).containsExactly("{\"text\":\"after the cut\"}");
  }

  @Test
  void settlesAgainWhatWasNotReleased() throws Exception {
    echo((_, _) -> "1");
    begin(1);
    take(Settle.class);

    server.run(() -> server.present().close());

    take(Consume.class);
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
    server.send(new Release(1, 0, ""));
    server.run(() -> server.present().close());
    take(Consume.class);
    assertNothingIsSaid();
  }

  @Test
  void publishesAgainBeforeItSettlesAgain() throws Exception {
    server.holdAcks = true;
    server.cutAfterEvents = 3;
    echo(
        (_, run) -> {
          for (int i = 0; i < 5; i++) {
            run.token("t" + i);
          }
          return "1";
        });

    begin(1);

    take(Consume.class);
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
    assertThat(server.on(() -> server.storedBeforeSettle)).isEqualTo(5);
    assertThat(server.storedPayloads()).hasSize(5);
  }

  /// A run that lacks some of its events is worth nothing.
  @Test
  void keepsTheEventsOfARunForAServerThatCannotStore() throws Exception {
    server.welcome = new Welcome(1 << 20, 256 << 10, 4 << 20, 2, 30_000, 0, "fake");
    server.holdAcks = true;
    echo(
        (_, run) -> {
          for (int i = 0; i < 5; i++) {
            run.token("t" + i);
          }
          return "1";
        });
    begin(1);
    awaitEvents(2);

    server.run(() -> server.present().goaway(new Goaway(4008, true, 1, "storage unavailable")));

    take(Consume.class);
    awaitEvents(2);
    server.run(
        () -> {
          server.holdAcks = false;
          server.present().ack(Integer.MAX_VALUE);
        });
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
    assertThat(server.storedPayloads()).hasSize(5).allMatch(each -> each.contains("\"t"));
  }

  @Test
  void acceptsAgainWhatWasNotGranted() throws Exception {
    echo((_, _) -> null);
    server.send(run(1));
    take(Accept.class);

    server.run(() -> server.present().close());

    assertThat(taken(server.renewals)).isEqualTo(new Renew(List.of(1L)));
    assertThat(take(Accept.class)).isEqualTo(new Accept(1));
    take(Consume.class);
    server.send(new Release(1, ErrorCode.FENCED.number(), "offered to another"));
    server.send(new Grant(1));
    assertNothingIsSaid();
  }

  @Test
  void endsWhenTheServerSendsItAwayForGood() throws Exception {
    BlockingQueue<Boolean> interrupted = new LinkedBlockingQueue<>();
    Worker worker =
        echo(
            (_, _) -> {
              try {
                go.await();
              } catch (InterruptedException e) {
                interrupted.add(true);
              }
              return null;
            });
    begin(1);

    server.run(() -> server.present().goaway(CloseReason.FENCED));

    assertThat(failure(PublisherClosed.class, worker.ended()).reason())
        .isEqualTo(CloseReason.FENCED);
    assertThat(taken(interrupted)).isTrue();
  }

  @Test
  void closesOnceItsRunsAreReleased() throws Exception {
    Worker worker =
        start(
            Worker.of(server.config())
                .agent(
                    "echo",
                    8,
                    (_, _) -> {
                      go.await();
                      return "1";
                    }),
            1);
    begin(1);

    var closing = CompletableFuture.runAsync(worker::close);
    assertThat(take(Consume.class)).isEqualTo(new Consume("agent/echo", 0));
    server.send(run(2));
    assertThat(taken(server.work))
        .hasToString("Refuse[lease=2, elsewhere=true, message=worker is closing]");
    go.countDown();
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
    assertThat(closing).isNotDone();
    server.send(new Release(1, 0, ""));

    closing.join();
    assertThat(worker.ended()).isCompleted();
    assertThat(server.controls.take()).isEqualTo(Goaway.of(CloseReason.NORMAL));
  }

  @Test
  void leavesARunThatDoesNotEndInTime() throws Exception {
    BlockingQueue<RunContext> interrupted = new LinkedBlockingQueue<>();
    Worker worker =
        echo(
            (_, run) -> {
              try {
                go.await();
              } catch (InterruptedException e) {
                interrupted.add(run);
              }
              return null;
            });
    begin(1);

    worker.close();

    assertThat(taken(interrupted).cancelled().reason()).isEqualTo("worker is closed");
    assertThat(worker.ended()).isCompleted();
  }

  @Test
  void closesWhileNobodyListens() {
    server.close();
    Worker worker = Worker.of(hasty()).agent("echo", 1, (_, _) -> null).start();

    worker.close();

    assertThat(worker.ended()).succeedsWithin(Duration.ofSeconds(10));
  }
}
