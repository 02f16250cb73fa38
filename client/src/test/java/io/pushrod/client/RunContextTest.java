package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame.Cancel;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.CancelAck;
import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a handler can say of its run.
@Timeout(30)
class RunContextTest extends WorkerFixture {
  @Test
  void emitsToAllTopicsWithTheIdsOfTheRun() throws Exception {
    emitting(run -> run.token("hi"));

    assertThat(server.on(() -> server.heads))
        .containsExactly("run/r1,thread/42 token_chunk thread_id=42,run_id=r1,agent_id=echo");
  }

  @Test
  void givesEachKindOfEventItsShape() throws Exception {
    emitting(
        run -> {
          run.token("say \"hi\"");
          run.delta("a", 2, "thinking", "planner");
          run.delta("b", -1, null, null);
          run.step("search", Duration.ofMillis(1234));
          run.progress("search", 0.25, "half of the half");
          run.progress(null, 7, null);
          run.checkpoint("c1", "{\"n\":1}");
          run.artifact("out/a.txt", "text/plain", 12, "Hello");
          run.artifact("b.png", "image/png", 3, null);
          run.custom("fraud_check", "[1]");
          run.emit("agent_message", "null");
        });

    assertThat(server.storedPayloads())
        .containsExactly(
            "{\"text\":\"say \\\"hi\\\"\"}",
            "{\"text\":\"a\",\"index\":2,\"marker\":\"thinking\",\"agent\":\"planner\"}",
            "{\"text\":\"b\"}",
            "{\"node\":\"search\",\"duration_ms\":1234}",
            "{\"step\":\"search\",\"progress\":0.25,\"message\":\"half of the half\"}",
            "{\"progress\":1.0}",
            "{\"name\":\"c1\",\"data\":{\"n\":1}}",
            "{\"path\":\"out/a.txt\",\"mime\":\"text/plain\",\"size\":12,\"preview\":\"Hello\"}",
            "{\"path\":\"b.png\",\"mime\":\"image/png\",\"size\":3}",
            "[1]",
            "null");
    assertThat(server.on(() -> server.heads).stream().map(RunContextTest::type))
        .containsExactly(
            "token_chunk",
            "token_chunk",
            "token_chunk",
            "node_end",
            "progress",
            "progress",
            "checkpoint",
            "artifact_written",
            "artifact_written",
            "custom:fraud_check",
            "agent_message");
  }

  @Test
  void refusesWhatNoEventCanSay() throws Exception {
    emitting(
        run -> {
          assertThatThrownBy(() -> run.custom("not a name", "1"))
              .isInstanceOf(RequestException.class);
          assertThatThrownBy(() -> run.emit("run_end", "{}"))
              .hasMessage("type: run_end (expected: one that the server does not write)");
          assertThatThrownBy(() -> run.progress(null, Double.NaN, null))
              .isInstanceOf(IllegalArgumentException.class);
        });

    assertThat(server.storedPayloads()).isEmpty();
  }

  @Test
  void refusesAnEventThatIsTooLargeForTheWorkersBound() throws Exception {
    var config = hasty().withLimits(new PublisherConfig.Limits(200, 10, 1 << 10));
    start(
        Worker.of(config)
            .agent(
                "echo",
                1,
                (_, run) -> {
                  run.token("x".repeat(200));
                  return null;
                }),
        1);

    begin(1);

    assertThat(take(Settle.class).payload()).startsWith("{\"code\":\"too_large\"");
  }

  @Test
  void forwardsAnIteratorAsTokens() throws Exception {
    emitting(run -> assertThat(run.forward(List.of("a", "b", "c").iterator())).isNull());

    assertThat(server.storedPayloads())
        .containsExactly("{\"text\":\"a\"}", "{\"text\":\"b\"}", "{\"text\":\"c\"}");
  }

  @Test
  void aHandlerCanBeOneForward() throws Exception {
    echo((_, run) -> run.forward(List.of("a", "b")));

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, ""));
    assertThat(server.storedPayloads()).containsExactly("{\"text\":\"a\"}", "{\"text\":\"b\"}");
  }

  @Test
  void stopsForwardingWhenTheRunIsToEndNow() throws Exception {
    BlockingQueue<String> chunks = new LinkedBlockingQueue<>();
    echo(
        (_, run) ->
            run.forward(
                Stream.generate(
                        () -> {
                          chunks.add("made");
                          return "on and on";
                        })
                    .iterator()));
    begin(1);
    taken(chunks);

    server.send(new Cancel(1, How.NOW, 5_000, "", ""));

    take(CancelAck.class);
    assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.CANCELLED);
  }

  @Test
  void asksAPublisherForOneChunkAtATime() throws Exception {
    var source = new Source(4);
    emitting(run -> run.forward(source));

    assertThat(server.storedPayloads()).hasSize(4).contains("{\"text\":\"c3\"}");
    assertThat(source.asked).containsExactly(1L, 1L, 1L, 1L, 1L);
  }

  @Test
  void cancelsItsSubscriptionWhenTheRunIsCancelled() throws Exception {
    var source = new Source(0);
    echo((_, run) -> run.forward(source));
    begin(1);
    source.subscribed.await();

    server.send(new Cancel(1, How.NOW, 5_000, "", ""));

    take(CancelAck.class);
    assertThat(take(Settle.class).outcome()).isEqualTo(Outcome.CANCELLED);
    source.cancelled.await();
  }

  @Test
  void failsWithWhatThePublisherEndedWith() throws Exception {
    echo(
        (_, run) ->
            run.forward(
                subscriber -> {
                  subscriber.onSubscribe(new Source(0).new Chunks(subscriber));
                  subscriber.onError(new RunFailed("model_gone", "no more", true));
                }));

    begin(1);

    assertThat(take(Settle.class)).isEqualTo(failed(1, "model_gone", "no more", true));
  }

  @Test
  void takesEventsFromAllThreadsOfTheHandler() throws Exception {
    emitting(
        run -> {
          var threads = new ArrayList<Thread>();
          for (int t = 0; t < 4; t++) {
            threads.add(
                Thread.ofVirtual()
                    .start(
                        () -> {
                          for (int i = 0; i < 250; i++) {
                            run.token("x");
                          }
                        }));
          }
          for (Thread thread : threads) {
            thread.join();
          }
        });

    assertThat(server.on(() -> server.storedBeforeSettle)).isEqualTo(1_000);
  }

  @Test
  void emitsNothingAfterItsHandler() throws Exception {
    BlockingQueue<RunContext> kept = new LinkedBlockingQueue<>();
    emitting(kept::add);

    RunContext run = taken(kept);

    assertThatThrownBy(() -> run.token("late")).isInstanceOf(RunOver.class);
    assertThat(run.cancelled().requested()).isFalse();
  }

  private static String type(String head) {
    return head.substring(head.indexOf(' ') + 1, head.lastIndexOf(' '));
  }

  private interface Body {
    void say(RunContext run) throws Exception;
  }

  /// Lets a run say something, and waits until it has ended well.
  private void emitting(Body body) throws InterruptedException {
    echo(
        (_, run) -> {
          body.say(run);
          return null;
        });
    begin(1);
    assertThat(take(Settle.class)).isEqualTo(new Settle(1, Outcome.COMPLETED, ""));
  }

  /// Publishes so many chunks as it is asked to; 0 for none and no end.
  private static final class Source implements Flow.Publisher<String> {
    final List<Long> asked = new ArrayList<>();
    final CountDownLatch subscribed = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);
    private final int chunks;

    Source(int chunks) {
      this.chunks = chunks;
    }

    @Override
    public void subscribe(Flow.Subscriber<? super String> subscriber) {
      subscriber.onSubscribe(new Chunks(subscriber));
      subscribed.countDown();
    }

    final class Chunks implements Flow.Subscription {
      private final Flow.Subscriber<? super String> subscriber;
      private final AtomicInteger next = new AtomicInteger();

      Chunks(Flow.Subscriber<? super String> subscriber) {
        this.subscriber = subscriber;
      }

      @Override
      public void request(long n) {
        asked.add(n);
        int index = next.getAndIncrement();
        if (index < chunks) {
          subscriber.onNext("c" + index);
        } else if (chunks > 0) {
          subscriber.onComplete();
        }
      }

      @Override
      public void cancel() {
        cancelled.countDown();
      }
    }
  }
}
