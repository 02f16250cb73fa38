package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a publisher does while all is well, and with what the server refuses.
@Timeout(30)
class PublisherTest extends PublisherFixture {
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
}
