package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(10)
class InFlightBoundTest {
  private final InFlightBound bound = new InFlightBound(100, 2);

  @Test
  void isFullByBytes() {
    assertThat(bound.offer(60)).isEqualTo(InFlightBound.Outcome.ACCEPTED);
    assertThat(bound.offer(41)).isEqualTo(InFlightBound.Outcome.FULL);
    assertThat(bound.offer(40)).isEqualTo(InFlightBound.Outcome.ACCEPTED);
  }

  @Test
  void isFullByEvents() {
    bound.offer(1);
    bound.offer(1);

    assertThat(bound.offer(1)).isEqualTo(InFlightBound.Outcome.FULL);
    bound.release(1, 1);
    assertThat(bound.offer(1)).isEqualTo(InFlightBound.Outcome.ACCEPTED);
  }

  @Test
  void wakesWhoWaitsWhenThereIsRoom() throws Exception {
    bound.offer(100);
    var outcome = waiting(50);

    bound.release(100, 1);

    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(InFlightBound.Outcome.ACCEPTED);
  }

  @Test
  void wakesWhoWaitsWhenItCloses() throws Exception {
    bound.offer(100);
    var outcome = waiting(50);

    bound.close();

    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(InFlightBound.Outcome.CLOSED);
    assertThat(bound.offer(0)).isEqualTo(InFlightBound.Outcome.CLOSED);
  }

  @Test
  void wakesWhoWaitsWhenNothingIsTaken() throws Exception {
    bound.offer(100);
    var outcome = waiting(50);

    bound.refuse(true);

    assertThat(outcome.get(5, TimeUnit.SECONDS)).isEqualTo(InFlightBound.Outcome.FULL);
    assertThat(bound.await(50)).isEqualTo(InFlightBound.Outcome.FULL);
  }

  private CompletableFuture<InFlightBound.Outcome> waiting(int bytes) {
    var outcome = new CompletableFuture<InFlightBound.Outcome>();
    Thread thread =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    outcome.complete(bound.await(bytes));
                  } catch (InterruptedException e) {
                    outcome.completeExceptionally(e);
                  }
                });
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    return outcome;
  }
}
