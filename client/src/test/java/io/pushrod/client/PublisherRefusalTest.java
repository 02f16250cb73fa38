package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The server cannot store events, and says so with goaway 4008.
@Timeout(30)
class PublisherRefusalTest extends PublisherFixture {
  private static final int WINDOW = 5;

  /// Events that are read, and that nobody acknowledges.
  @BeforeEach
  void storeNothing() {
    server.welcome = new Welcome(1 << 20, 256 << 10, 4 << 20, WINDOW, 30_000, 0, "fake");
    server.holdAcks = true;
  }

  private static Goaway unavailable(int retryAfterMillis) {
    CloseReason reason = CloseReason.STORAGE_UNAVAILABLE;
    return new Goaway(reason.code(), true, retryAfterMillis, reason.text());
  }

  private void sendAway() throws InterruptedException {
    server.hellos.take();
    awaitEvents(WINDOW);
    server.run(() -> server.present().goaway(unavailable(1)));
  }

  private void awaitReturn() throws InterruptedException {
    server.hellos.take();
    awaitEvents(WINDOW);
  }

  private void storeAgain() {
    server.run(
        () -> {
          server.holdAcks = false;
          server.present().ack(Integer.MAX_VALUE);
        });
  }

  private static void assertNotAccepted(CompletableFuture<Published> publication) {
    PublishRejected why = failure(PublishRejected.class, publication);
    assertThat(why.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(why).hasMessageEndingWith("not accepted: storage unavailable");
  }

  @Test
  void sendsAgainWhatWasSentUntilItIsSettled() throws Exception {
    Publisher publisher = start(server.config());
    var sent = publishAll(publisher, 0, WINDOW);
    for (int i = 0; i < 3; i++) {
      sendAway();
    }
    awaitReturn();
    assertThat(sent).noneMatch(CompletableFuture::isDone);
    storeAgain();

    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(10, SECONDS);
    assertThat(sent)
        .extracting(each -> each.join().producerSequence())
        .containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(server.storedPayloads()).isEqualTo(payloads(0, WINDOW));
  }

  @Test
  void refusesWhatWasNotSentSoThatNothingOfItIsStored() throws Exception {
    Publisher publisher = start(server.config());
    var sent = publishAll(publisher, 0, WINDOW);
    var waiting = publishAll(publisher, 100, 110);
    assertThat(publisher.refusal()).isNull();

    sendAway();

    waiting.forEach(PublisherRefusalTest::assertNotAccepted);
    assertThat(publisher.refusal()).isNotNull();
    awaitReturn();
    storeAgain();
    sent.getLast().get(10, SECONDS);
    assertThat(publish(publisher, "5").get(10, SECONDS).producerSequence()).isEqualTo(6);
    assertThat(publisher.refusal()).isNull();
    assertThat(server.storedPayloads()).isEqualTo(payloads(0, WINDOW + 1));
  }

  @Test
  void refusesAtOnceWhatFindsNoRoomUntilItIsAcceptedAgain() throws Exception {
    var limits = new PublisherConfig.Limits(1 << 20, WINDOW, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));
    var sent = publishAll(publisher, 0, WINDOW);
    var blocked = CompletableFuture.supplyAsync(() -> publish(publisher, "100"));

    sendAway();

    assertNotAccepted(blocked.get(10, SECONDS));
    assertNotAccepted(publish(publisher, "101"));
    awaitReturn();
    storeAgain();
    sent.getLast().get(10, SECONDS);
    publish(publisher, "5").get(10, SECONDS);
    // From now on it waits for room again.
    publishAll(publisher, 6, 500).getLast().get(10, SECONDS);
    assertThat(server.storedPayloads()).isEqualTo(payloads(0, 500));
  }

  @Test
  void goesAtOnceToAnotherServerThatMayStore() throws Exception {
    try (FakeIngestServer other = new FakeIngestServer()) {
      Publisher publisher =
          start(server.config().withAlternative(other.config().host(), other.config().port()));
      List<CompletableFuture<Published>> sent = publishAll(publisher, 0, WINDOW);
      awaitEvents(WINDOW);

      server.run(() -> server.present().goaway(unavailable(60_000)));

      sent.getLast().get(10, SECONDS);
      assertThat(other.storedPayloads()).isEqualTo(payloads(0, WINDOW));
    }
  }
}
