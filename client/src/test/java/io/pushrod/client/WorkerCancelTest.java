package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Runs that are asked to end, or are over without their worker.
@Timeout(30)
class WorkerCancelTest extends WorkerFixture {
  private final CountDownLatch never = new CountDownLatch(1);
  private final BlockingQueue<String> said = new LinkedBlockingQueue<>();

  @Test
  void interruptsARunThatIsToEndNow() throws Exception {
    echo(
        (_, _) -> {
          never.await();
          return null;
        });
    begin(1);

    server.send(new Cancel(1, How.NOW, 5_000, "bob", "enough"));

    assertThat(take(CancelAck.class)).isEqualTo(new CancelAck(1));
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.CANCELLED, ""));
  }

  @Test
  void tellsARunThatMayEndLaterAndLetsItWork() throws Exception {
    var told = new CountDownLatch(1);
    echo(
        (_, run) -> {
          run.cancelled().onRequested(told::countDown);
          told.await();
          run.token("last words");
          Cancellation asked = run.cancelled();
          said.add(
              asked.how()
                  + " in "
                  + asked.deadline()
                  + " by "
                  + asked.by()
                  + ": "
                  + asked.reason());
          throw new CancellationException();
        });
    begin(1);

    server.send(new Cancel(1, How.AFTER_NODE, 5_000, "bob", "enough"));

    take(CancelAck.class);
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.CANCELLED, ""));
    assertThat(said).containsExactly("AFTER_NODE in PT5S by bob: enough");
    assertThat(server.storedPayloads()).containsExactly("{\"text\":\"last words\"}");
  }

  @Test
  void aRunThatEndsByItselfIsCompletedAllTheSame() throws Exception {
    var told = new CountDownLatch(1);
    echo(
        (_, run) -> {
          run.cancelled().onRequested(told::countDown);
          told.await();
          return "1";
        });
    begin(1);

    server.send(new Cancel(1, How.AFTER_TURN, 5_000, "", ""));

    take(CancelAck.class);
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, "1"));
  }

  @Test
  void aHarderWishAndAnEarlierDeadlineHold() throws Exception {
    echo(
        (_, run) -> {
          try {
            never.await();
          } finally {
            Cancellation asked = run.cancelled();
            said.add(asked.how() + " in " + asked.deadline() + " by " + asked.by());
          }
          return null;
        });
    begin(1);

    server.send(new Cancel(1, How.AFTER_TURN, 5_000, "bob", ""));
    server.send(new Cancel(1, How.AFTER_TURN, 9_000, "", ""));
    server.send(new Cancel(1, How.AFTER_TURN, 3_000, "", ""));
    server.send(new Cancel(1, How.NOW, 3_000, "", ""));

    for (int i = 0; i < 4; i++) {
      take(CancelAck.class);
    }
    assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(said).containsExactly("NOW in PT3S by bob");
  }

  @Test
  void doesNotBeginWhatIsCancelledBeforeItsGrant() throws Exception {
    echo(
        (_, _) -> {
          said.add("begun");
          return null;
        });
    server.send(run(1));
    take(Accept.class);

    server.send(new Cancel(1, How.AFTER_TURN, 5_000, "", ""));
    server.send(new Grant(1));

    take(CancelAck.class);
    assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(said).isEmpty();
  }

  @Test
  void saysNothingToTheCancelOfALeaseThatItDoesNotHold() throws Exception {
    echo((_, _) -> null);

    server.send(new Cancel(9, How.NOW, 5_000, "", ""));
    server.send(new Grant(9));
    server.send(new Release(9, 0, ""));

    assertNothingIsSaid();
  }

  @Test
  void interruptsARunThatIsOverAndSaysNothingMoreOfIt() throws Exception {
    echo(
        (_, run) -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            said.add(String.valueOf(run.cancelled().requested()));
            run.token("too late");
          } finally {
            said.add("ended");
          }
          return null;
        });
    begin(1);

    server.send(new Release(1, ErrorCode.FENCED.number(), "lease lapsed"));

    assertThat(taken(said)).isEqualTo("true");
    assertThat(taken(said)).isEqualTo("ended");
    assertNothingIsSaid();
    assertThat(server.storedPayloads()).isEmpty();
  }

  @Test
  void aHandlerThatIgnoresItsEndStopsAtItsNextEvent() throws Exception {
    BlockingQueue<RunOver> seen = new LinkedBlockingQueue<>();
    echo(
        (_, run) -> {
          while (true) {
            try {
              run.token("on and on");
            } catch (RunOver e) {
              seen.add(e);
              throw e;
            }
          }
        });
    begin(1);

    server.send(new Release(1, ErrorCode.ALREADY_ENDED.number(), "deadline"));

    assertThat(taken(seen).code()).isEqualTo(ErrorCode.ALREADY_ENDED);
    assertThat(seen).isEmpty();
  }

  @Test
  void aRunOfWhichTheServerTakesNoEventIsOver() throws Exception {
    BlockingQueue<RunOver> seen = new LinkedBlockingQueue<>();
    echo(
        (_, run) -> {
          run.emit("progress", "\"fenced\"");
          while (true) {
            try {
              run.token("on and on");
            } catch (RunOver e) {
              seen.add(e);
              throw e;
            }
          }
        });

    begin(1);

    assertThat(taken(seen).code()).isEqualTo(ErrorCode.FENCED);
  }

  @Test
  void aRunWhoseEventWasRefusedFails() throws Exception {
    echo(
        (_, run) -> {
          run.emit("progress", "\"bad\"");
          while (true) {
            run.token("on and on");
          }
        });

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "bad_json", "bad_json: bad", false));
  }

  @Test
  void aCancelWakesARunThatWaitsForRoom() throws Exception {
    server.holdAcks = true;
    var config = hasty().withLimits(new PublisherConfig.Limits(1 << 20, 1, 1 << 10));
    start(
        Worker.of(config)
            .agent(
                "echo",
                1,
                (_, run) -> {
                  run.token("first");
                  said.add("waits");
                  run.token("second");
                  return null;
                }),
        1);
    begin(1);
    taken(said);

    server.send(new Cancel(1, How.NOW, 5_000, "", ""));

    take(CancelAck.class);
    assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.CANCELLED);
    assertThat(server.storedPayloads()).containsExactly("{\"text\":\"first\"}");
  }
}
