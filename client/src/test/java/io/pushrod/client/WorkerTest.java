package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Accept;
import io.pushrod.codec.ingest.IngestFrame.Consume;
import io.pushrod.codec.ingest.IngestFrame.Grant;
import io.pushrod.codec.ingest.IngestFrame.Refuse;
import io.pushrod.codec.ingest.IngestFrame.Release;
import io.pushrod.codec.ingest.IngestFrame.Request;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A worker takes what it is offered, does it, and settles it.
@Timeout(30)
class WorkerTest extends WorkerFixture {
  @Test
  void saysWhatItTakes() throws Exception {
    start(
        Worker.of(hasty())
            .agent("echo", 8, (_, _) -> null)
            .agent("*", 2, (_, _) -> null)
            .inbox("thread/*", 16, _ -> {}),
        0);

    assertThat(take(Consume.class)).isEqualTo(new Consume("agent/echo", 8));
    assertThat(take(Consume.class)).isEqualTo(new Consume("agent/*", 2));
    assertThat(take(Consume.class)).isEqualTo(new Consume("thread/*", 16));
  }

  @Test
  void beginsARunOnlyOnceItIsGranted() throws Exception {
    var granted = new AtomicBoolean();
    BlockingQueue<Boolean> begun = new LinkedBlockingQueue<>();
    echo(
        (_, _) -> {
          begun.add(granted.get());
          return null;
        });

    server.send(run(1));
    assertThat(take(Accept.class)).isEqualTo(new Accept(1));
    assertNothingIsSaid();
    granted.set(true);
    server.send(new Grant(1));

    assertThat(taken(begun)).isTrue();
    take(Settle.class);
    server.send(new Grant(1));
    assertNothingIsSaid();
    assertThat(begun).isEmpty();
  }

  @Test
  void handsTheWholeRequestToTheHandler() throws Exception {
    BlockingQueue<RunRequest> requests = new LinkedBlockingQueue<>();
    echo(
        (request, _) -> {
          requests.add(request);
          return null;
        });

    begin(5);

    assertThat(taken(requests))
        .isEqualTo(
            new RunRequest(
                "r5",
                "echo",
                "ann",
                List.of("run/r5", "thread/42"),
                Map.of(IdField.THREAD_ID, "42"),
                1,
                "{\"text\":\"hi\"}"));
  }

  @Test
  void settlesWithTheOutputOnceTheEventsAreWritten() throws Exception {
    server.welcome = new Welcome(1 << 20, 4096, 4096, 2, 30_000, 0, "");
    server.holdAcks = true;
    echo(
        (_, run) -> {
          for (int i = 0; i < 5; i++) {
            run.token("t" + i);
          }
          return "{\"text\":\"done\"}";
        });

    begin(1);
    awaitEvents(2);
    assertNothingIsSaid();
    server.run(() -> server.holdAcks = false);
    server.ackAll();

    assertThat(take(Settle.class))
        .isEqualTo(new Settle(1, Outcome.COMPLETED, "{\"text\":\"done\"}"));
    assertThat(server.on(() -> server.storedBeforeSettle)).isEqualTo(5);
  }

  @Test
  void settlesARunWithoutEventsOrOutput() throws Exception {
    echo((_, _) -> null);

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, ""));
    server.send(new Release(1, 0, ""));
    assertNothingIsSaid();
  }

  @Test
  void failsARunAsItsHandlerSays() throws Exception {
    echo(
        (_, _) -> {
          throw new RunFailed("model_overloaded", "try later", true);
        });

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "model_overloaded", "try later", true));
  }

  @Test
  void tellsOnlyTheNameOfAnExceptionThatItDoesNotKnow() throws Exception {
    echo(
        (_, _) -> {
          throw new IllegalStateException("password is swordfish");
        });

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "internal", "IllegalStateException", false));
  }

  @Test
  void looksIntoTheFailureOfAFuture() throws Exception {
    echo(
        (_, _) ->
            CompletableFuture.<String>failedFuture(new RunFailed("model_gone", "no more", true))
                .get());

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "model_gone", "no more", true));
  }

  @Test
  void anInterruptThatNobodyAskedForIsAFailure() throws Exception {
    echo(
        (_, _) -> {
          throw new InterruptedException();
        });

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "internal", "InterruptedException", false));
  }

  @Test
  void failsARunWhoseOutputIsNotJson() throws Exception {
    echo((_, _) -> "done");

    begin(1);

    Settle settle = take(Settle.class);
    assertThat(settle.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(settle.payload()).startsWith("{\"code\":\"bad_json\",\"message\":\"output");
  }

  @Test
  void failsARunWhoseOutputIsTooLarge() throws Exception {
    server.welcome = new Welcome(1 << 20, 100, 4096, 10, 30_000, 0, "");
    echo((_, _) -> '"' + "x".repeat(99) + '"');

    begin(1);

    assertThat(take(Settle.class))
        .isEqualTo(failed(1, "too_large", "payload: 101 bytes (expected: <= 100)", false));
  }

  @Test
  void refusesWhatNobodyTakesHere() throws Exception {
    start(Worker.of(hasty()).agent("echo", 8, (_, _) -> null).inbox("agent/*", 8, _ -> {}), 2);

    server.send(message(1, "thread/1"));
    server.send(message(2, "agent/echo/x"));

    assertThat(take(Refuse.class)).isEqualTo(new Refuse(1, true, "nothing takes this inbox here"));
    assertThat(take(Settle.class).lease()).isEqualTo(2);
  }

  @Test
  void refusesMoreThanItHasCreditFor() throws Exception {
    start(Worker.of(hasty()).agent("echo", 1, (_, _) -> null), 1);

    server.send(run(1));
    server.send(run(2));

    assertThat(take(Accept.class).lease()).isEqualTo(1);
    assertThat(take(Refuse.class)).isEqualTo(new Refuse(2, true, "credit: none left"));
    server.send(new Release(1, 0, ""));
    begin(3);
  }

  @Test
  void failsARunThatHasNoTopic() throws Exception {
    echo((_, _) -> null);

    server.send(
        new Request(1, Request.Kind.RUN, 1, 1, "agent/echo", "r1", "", List.of(), Map.of(), "{}"));

    assertThat(take(Refuse.class).elsewhere()).isFalse();
  }

  @Test
  void leavesAServerThatGivesALeaseTwice() throws Exception {
    Worker worker = echo((_, _) -> null);

    server.send(run(1));
    server.send(run(1));

    assertThat(failure(PublisherClosed.class, worker.ended()).getMessage()).contains("Request");
  }

  @Test
  void takesAMessageWithoutAsking() throws Exception {
    BlockingQueue<MessageRequest> messages = new LinkedBlockingQueue<>();
    start(Worker.of(hasty()).inbox("thread/*", 4, messages::add), 1);

    server.send(message(1, "thread/42"));

    assertThat(taken(messages))
        .isEqualTo(new MessageRequest("m1", "thread/42", "ann", Map.of(), "7"));
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, ""));
  }

  @Test
  void saysWhenAMessageWasNotTaken() throws Exception {
    start(
        Worker.of(hasty())
            .inbox(
                "thread/*",
                4,
                _ -> {
                  throw new RunFailed("full", "no more", true);
                }),
        1);

    server.send(message(1, "thread/42"));

    assertThat(take(Settle.class)).isEqualTo(failed(1, "full", "no more", true));
  }

  @Test
  void doesAsManyRunsAtOnceAsItHasCreditFor() throws Exception {
    var together = new CountDownLatch(8);
    echo(
        (_, _) -> {
          together.countDown();
          together.await();
          return null;
        });

    for (long lease = 1; lease <= 8; lease++) {
      begin(lease);
    }

    for (int i = 0; i < 8; i++) {
      assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.COMPLETED);
    }
  }

  @Test
  void renewsWhatItWorksOn() throws Exception {
    var release = new CountDownLatch(1);
    echo(
        (_, _) -> {
          release.await();
          return null;
        });

    server.send(run(1));
    server.send(run(2, 30));
    take(Accept.class);
    take(Accept.class);
    server.send(new Grant(1));

    assertThat(taken(server.renewals).leases()).containsExactly(1L);
    release.countDown();
  }

  @Test
  void isNotMadeOfNothing() {
    Worker.Builder builder = Worker.of(hasty());

    assertThatThrownBy(builder::start).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.agent("echo", 0, (_, _) -> null))
        .hasMessage("credit: 0 (expected: 1-65535)");
    assertThatThrownBy(() -> builder.agent("a b", 1, (_, _) -> null))
        .hasMessage("inbox: agent/a b (expected: a topic, prefix/* or *)");
    builder.inbox("thread/*", 1, _ -> {});
    assertThatThrownBy(() -> builder.inbox("thread/*", 1, _ -> {}))
        .hasMessage("inbox: thread/* (expected: once)");
  }
}
