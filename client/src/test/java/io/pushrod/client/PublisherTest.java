package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class PublisherTest {
  private final FakeIngestServer server = new FakeIngestServer();
  private final List<Publisher> publishers = new ArrayList<>();

  @AfterEach
  void close() {
    publishers.forEach(Publisher::close);
    server.close();
  }

  @Test
  void returnsWhatTheTopicAssigned() throws Exception {
    Publisher publisher = start(server.config());

    Published first = publish(publisher, "1").get(10, SECONDS);
    Published second = publish(publisher, "2").get(10, SECONDS);

    assertThat(first).isEqualTo(new Published(1, List.of(1L)));
    assertThat(second).isEqualTo(new Published(2, List.of(2L)));
    assertThat(second.sequence()).isEqualTo(2);
  }

  @Test
  void saysHelloWithItsTokenProducerAndEpoch() throws Exception {
    start(server.config().withTenant("acme"));

    var hello = server.hellos.take();

    assertThat(hello.epoch()).isEqualTo(7);
    assertThat(hello.producer()).isEqualTo("test");
    assertThat(hello.tenant()).isEqualTo("acme");
    assertThat(hello.token()).isEqualTo("token");
  }

  @Test
  void takesItsEpochFromTheClock() throws Exception {
    long before = System.currentTimeMillis();

    Publisher publisher = start(server.config().withEpoch(0));

    assertThat(publisher.epoch()).isBetween(before, System.currentTimeMillis());
    assertThat(server.hellos.take().epoch()).isEqualTo(publisher.epoch());
  }

  @Test
  void sendsWithoutWaitingForAcks() throws Exception {
    server.holdAcks = true;
    Publisher publisher = start(server.config());

    var last = publishAll(publisher, 0, 100).getLast();
    awaitEvents(100);

    assertThat(last).isNotDone();
    server.ackAll();
    assertThat(last.get(10, SECONDS).sequence()).isEqualTo(100);
  }

  @Test
  void putsWhatHasQueuedIntoOneFrame() throws Exception {
    server.holdWelcome = true;
    Publisher publisher = start(server.config());
    server.hellos.take();

    var all = publishAll(publisher, 0, 100);
    server.run(() -> server.present().welcome());
    all.getLast().get(10, SECONDS);

    assertThat(server.batches).containsExactly(100);
  }

  @Test
  void cutsBatchesAtTheirBound() throws Exception {
    server.holdWelcome = true;
    int eventBytes = publication("0").encode().readableBytes();
    var limits = new PublisherConfig.Limits(1 << 20, 100, 11 + 3 * eventBytes);
    Publisher publisher = start(server.config().withLimits(limits));
    server.hellos.take();

    var all = publishAll(publisher, 0, 8);
    server.run(() -> server.present().welcome());
    all.getLast().get(10, SECONDS);

    assertThat(server.batches).containsExactly(3, 3, 2);
  }

  @Test
  void keepsWithinTheWindow() throws Exception {
    server.welcome = new Welcome(1 << 20, 4096, 4096, 10, 30_000, 0, "");
    server.holdAcks = true;
    Publisher publisher = start(server.config());

    var all = publishAll(publisher, 0, 25);
    for (int taken = 10; taken < 25; taken += 5) {
      awaitEvents(taken == 10 ? 10 : 5);
      server.run(() -> server.present().ack(5));
    }
    awaitEvents(5);
    server.ackAll();

    assertThat(all.getLast().get(10, SECONDS).sequence()).isEqualTo(25);
    assertThat(server.on(() -> server.maxInFlight)).isEqualTo(10);
  }

  @Test
  void pausesUntilTheWindowOpens() throws Exception {
    Publisher publisher = start(server.config());
    publish(publisher, "0").get(10, SECONDS);
    server.send(new Window(0, 0));
    roundTrip();

    var waiting = publish(publisher, "1");
    roundTrip();

    assertThat(server.storedPayloads()).containsExactly("0");
    server.send(new Window(1000, 1));
    assertThat(waiting.get(10, SECONDS).sequence()).isEqualTo(2);
  }

  @Test
  void offersNothingBeyondItsBound() throws Exception {
    server.holdAcks = true;
    var limits = new PublisherConfig.Limits(1 << 20, 2, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));

    assertThat(publisher.offer(publication("0"))).isNotNull();
    assertThat(publisher.offer(publication("1"))).isNotNull();
    assertThat(publisher.offer(publication("2"))).isNull();
    awaitEvents(2);
    server.ackAll();

    roundTrip();
    assertThat(publisher.offer(publication("2"))).isNotNull();
    awaitEvents(1);
    server.ackAll();
  }

  @Test
  void blocksThePublishingThreadWhileTheBoundIsFull() throws Exception {
    server.holdAcks = true;
    var limits = new PublisherConfig.Limits(1 << 20, 1, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));
    var first = publish(publisher, "0");
    awaitEvents(1);
    var second = new CompletableFuture<CompletableFuture<Published>>();
    Thread thread = Thread.ofPlatform().start(() -> second.obtrudeValue(publish(publisher, "1")));
    while (thread.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    assertThat(second).isNotDone();
    assertThat(first).isNotDone();

    server.run(() -> server.holdAcks = false);
    server.ackAll();

    assertThat(second.get(10, SECONDS).get(10, SECONDS).sequence()).isEqualTo(2);
  }

  @Test
  void aCallbackFindsTheRoomThatItsAckHasGivenBack() throws Exception {
    var limits = new PublisherConfig.Limits(1 << 20, 1, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));

    var second = publish(publisher, "0").thenCompose(_ -> publish(publisher, "1")).get(10, SECONDS);

    assertThat(second.sequence()).isEqualTo(2);
  }

  @Test
  void resendsWhatACutLeftUnacknowledged() throws Exception {
    server.holdWelcome = true;
    server.cutAfterEvents = 40;
    Publisher publisher = start(server.config());
    server.hellos.take();

    var all = publishAll(publisher, 0, 100);
    server.run(
        () -> {
          server.holdWelcome = false;
          server.present().welcome();
        });
    all.getLast().get(10, SECONDS);

    assertThat(server.storedPayloads()).isEqualTo(payloads(0, 100));
    assertThat(server.on(() -> server.duplicates)).isEqualTo(40);
    assertThat(all.get(0).join().sequences()).containsExactly(0L);
    assertThat(all.get(40).join()).isEqualTo(new Published(41, List.of(41L)));
  }

  @Test
  void resendsWhatASecondCutLeftToo() throws Exception {
    Publisher publisher = start(server.config());
    var all = new ArrayList<CompletableFuture<Published>>();

    for (int round = 0; round < 5; round++) {
      server.run(() -> server.cutAfterEvents = 7);
      all.addAll(publishAll(publisher, round * 10, round * 10 + 10));
      all.getLast().get(10, SECONDS);
    }

    assertThat(server.storedPayloads()).isEqualTo(payloads(0, 50));
    assertThat(all).allMatch(CompletableFuture::isDone);
  }

  @Test
  void resendsWhenAnAckWasCutInHalf() throws Exception {
    server.holdAcks = true;
    Publisher publisher = start(server.config());
    var all = publishAll(publisher, 0, 3);
    awaitEvents(3);

    server.run(
        () -> {
          server.holdAcks = false;
          server.present().cutInsideAnAck();
        });

    assertThat(all.getLast().get(10, SECONDS).producerSequence()).isEqualTo(3);
    assertThat(server.storedPayloads()).isEqualTo(payloads(0, 3));
  }

  @Test
  void readsFramesThatArriveByteByByte() throws Exception {
    server.byteByByte = true;
    Publisher publisher = start(server.config());

    assertThat(publishAll(publisher, 0, 20).getLast().get(10, SECONDS).sequence()).isEqualTo(20);
  }

  @Test
  void aRejectFailsItsPublicationAlone() throws Exception {
    server.holdWelcome = true;
    Publisher publisher = start(server.config());
    server.hellos.take();

    var before = publish(publisher, "1");
    var bad = publish(publisher, "\"bad\"");
    var after = publish(publisher, "2");
    server.run(() -> server.present().welcome());

    assertThat(before.get(10, SECONDS)).isEqualTo(new Published(1, List.of(1L)));
    assertThat(after.get(10, SECONDS)).isEqualTo(new Published(3, List.of(2L)));
    var rejected = failure(PublishRejected.class, bad);
    assertThat(rejected.code()).isEqualTo(ErrorCode.BAD_JSON);
    assertThat(rejected.retryAfterMillis()).isEqualTo(250);
  }

  @Test
  void refusesAnEventThatTheServerWouldNotTake() throws Exception {
    server.welcome = new Welcome(200, 100, 1000, 10, 30_000, 0, "");
    Publisher publisher = start(server.config());

    var large = publish(publisher, "1".repeat(100));
    var small = publish(publisher, "1");

    assertThat(failure(PublishRejected.class, large).code()).isEqualTo(ErrorCode.TOO_LARGE);
    assertThat(small.get(10, SECONDS)).isEqualTo(new Published(1, List.of(1L)));
  }

  @Test
  void refusesAnEventBeyondItsOwnBound() {
    var limits = new PublisherConfig.Limits(100, 10, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));

    var large = publish(publisher, "1".repeat(100));

    assertThat(failure(PublishRejected.class, large).code()).isEqualTo(ErrorCode.TOO_LARGE);
  }

  @Test
  void comesBackAfterAGoawayThatSaysSo() throws Exception {
    Publisher publisher = start(server.config());
    publish(publisher, "0").get(10, SECONDS);

    server.run(() -> server.present().goaway(new Goaway(1001, true, 1, "restart")));

    assertThat(publish(publisher, "1").get(10, SECONDS).producerSequence()).isEqualTo(2);
    assertThat(server.hellos).hasSize(2);
  }

  @Test
  void asksForAFreshTokenEachTime() throws Exception {
    server.refusals.add(Goaway.of(CloseReason.TOKEN_EXPIRED));
    var tokens = new ArrayList<>(List.of("old", "new"));
    Publisher publisher = start(server.config().withToken(tokens::removeFirst));

    publish(publisher, "0").get(10, SECONDS);

    assertThat(server.hellos.take().token()).isEqualTo("old");
    assertThat(server.hellos.take().token()).isEqualTo("new");
  }

  @Test
  void survivesATokenSupplierThatFails() throws Exception {
    var tokens = new ArrayList<>(List.of("late"));
    var failures = new ArrayList<>(List.of(1, 2));
    Publisher publisher =
        start(
            server
                .config()
                .withToken(
                    () -> {
                      if (!failures.isEmpty()) {
                        throw new IllegalStateException("issuer: down " + failures.removeFirst());
                      }
                      return tokens.getFirst();
                    }));

    publisher.ready().get(10, SECONDS);

    assertThat(server.hellos.take().token()).isEqualTo("late");
  }

  @Test
  void failsEverythingWhenFenced() throws Exception {
    server.holdAcks = true;
    Publisher publisher = start(server.config());
    var all = publishAll(publisher, 0, 3);
    awaitEvents(3);

    server.run(() -> server.present().goaway(CloseReason.FENCED));

    for (var each : all) {
      assertThat(failure(PublisherClosed.class, each).reason()).isEqualTo(CloseReason.FENCED);
    }
    assertThat(failure(PublisherClosed.class, publish(publisher, "3")).reason())
        .isEqualTo(CloseReason.FENCED);
    assertThat(publisher.offer(publication("4"))).isCompletedExceptionally();
  }

  @Test
  void saysThatItIsNotLetIn() {
    server.refusals.add(Goaway.of(CloseReason.UNAUTHENTICATED));
    Publisher publisher = start(server.config());

    assertThat(failure(PublisherClosed.class, publisher.ready()).reason())
        .isEqualTo(CloseReason.UNAUTHENTICATED);
  }

  @Test
  void givesUpOnAnAckThatCannotBe() throws Exception {
    server.holdAcks = true;
    Publisher publisher = start(server.config());
    var pending = publish(publisher, "0");
    awaitEvents(1);

    server.send(new Reject(5, ErrorCode.INTERNAL, 0, ""));

    assertThat(failure(PublisherClosed.class, pending).reason())
        .isEqualTo(CloseReason.PROTOCOL_ERROR);
    assertThat(server.controls.take()).isEqualTo(Goaway.of(CloseReason.PROTOCOL_ERROR));
  }

  @Test
  void answersPings() throws Exception {
    Publisher publisher = start(server.config());
    publisher.ready().get(10, SECONDS);

    server.send(new Ping(99));

    assertThat(server.controls.take()).isEqualTo(new Pong(99));
  }

  @Test
  void pingsAServerThatIsSilentAndLeavesIt() throws Exception {
    server.welcome = new Welcome(1 << 20, 4096, 4096, 10, 20, 0, "");
    server.mute = true;
    start(server.config());

    server.hellos.take();

    assertThat(server.controls.take()).isInstanceOf(Ping.class);
    assertThat(server.hellos.take()).isNotNull();
  }

  @Test
  void leavesAServerThatNeverSaysWelcome() throws Exception {
    server.holdWelcome = true;
    var impatient =
        new PublisherConfig.Timing(
            Duration.ofMillis(20),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofMillis(1));
    start(server.config().withTiming(impatient));

    server.hellos.take();

    assertThat(server.hellos.take()).isNotNull();
  }

  @Test
  void settlesEverythingBeforeItCloses() throws Exception {
    Publisher publisher = start(server.config());
    var all = publishAll(publisher, 0, 500);

    publisher.close();

    assertThat(all).allMatch(each -> each.isDone() && !each.isCompletedExceptionally());
    assertThat(server.controls.take()).isEqualTo(Goaway.of(CloseReason.NORMAL));
    assertThat(failure(PublisherClosed.class, publish(publisher, "late")).reason())
        .isEqualTo(CloseReason.NORMAL);
  }

  @Test
  void failsWhatIsNotSettledAtTheCloseTimeout() throws Exception {
    server.holdAcks = true;
    var hasty =
        new PublisherConfig.Timing(
            Duration.ofSeconds(10),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofMillis(20));
    Publisher publisher = start(server.config().withTiming(hasty));
    var pending = publish(publisher, "0");
    awaitEvents(1);

    publisher.close();

    assertThat(failure(PublisherClosed.class, pending).reason()).isEqualTo(CloseReason.NORMAL);
  }

  @Test
  void closesWhileNobodyListens() {
    server.close();
    var hasty =
        new PublisherConfig.Timing(
            Duration.ofSeconds(10),
            Duration.ofMillis(1),
            Duration.ofMillis(1),
            Duration.ofMillis(1));
    Publisher publisher = Publisher.start(server.config().withTiming(hasty));
    var pending = publish(publisher, "0");

    publisher.close();

    assertThat(failure(PublisherClosed.class, pending)).isNotNull();
  }

  @Test
  void losesAndRepeatsNothingWhileManyThreadsPublishAndConnectionsBreak() throws Exception {
    server.cutAfterEvents = 500;
    var limits = new PublisherConfig.Limits(1 << 20, 200, 1 << 10);
    Publisher publisher = start(server.config().withLimits(limits));
    var threads = new ArrayList<Thread>();
    var results = new ArrayList<List<CompletableFuture<Published>>>();
    for (int t = 0; t < 4; t++) {
      int base = t * 10_000;
      var mine = new ArrayList<CompletableFuture<Published>>();
      results.add(mine);
      threads.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 2_000; i++) {
                      mine.add(publish(publisher, Integer.toString(base + i)));
                      if (i % 300 == 299) {
                        server.run(() -> server.cutAfterEvents = 50);
                      }
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }

    for (var mine : results) {
      CompletableFuture.allOf(mine.toArray(CompletableFuture[]::new)).get(10, SECONDS);
    }
    List<String> stored = server.storedPayloads();
    for (int t = 0; t < 4; t++) {
      int base = t * 10_000;
      assertThat(stored.stream().filter(text -> Integer.parseInt(text) / 10_000 * 10_000 == base))
          .isEqualTo(payloads(base, base + 2_000));
    }
  }

  private Publisher start(PublisherConfig config) {
    Publisher publisher = Publisher.start(config);
    publishers.add(publisher);
    return publisher;
  }

  private static Publication publication(String data) {
    return Publication.of("thread/1", "progress", data);
  }

  private static CompletableFuture<Published> publish(Publisher publisher, String data) {
    try {
      return publisher.publish(publication(data));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static List<CompletableFuture<Published>> publishAll(
      Publisher publisher, int from, int to) {
    return payloads(from, to).stream().map(data -> publish(publisher, data)).toList();
  }

  private static List<String> payloads(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }

  /// Waits until the server has read so many more events.
  private void awaitEvents(int count) throws InterruptedException {
    for (int read = 0; read < count; ) {
      read += server.batches.take();
    }
  }

  /// Waits until the publisher has read all that the server has sent, and the server all that it
  /// answered.
  private void roundTrip() throws InterruptedException {
    server.send(new Ping(1));
    assertThat(server.controls.take()).isEqualTo(new Pong(1));
  }

  private static <T extends Throwable> T failure(Class<T> type, CompletableFuture<?> future) {
    try {
      future.orTimeout(10, SECONDS).join();
    } catch (CompletionException e) {
      return assertThat(e.getCause()).asInstanceOf(throwable(type)).actual();
    }
    throw new AssertionError("future: done (expected: failed)");
  }
}
