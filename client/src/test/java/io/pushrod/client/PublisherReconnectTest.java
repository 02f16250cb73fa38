package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Connections break, and nothing is lost or doubled.
@Timeout(30)
class PublisherReconnectTest extends PublisherFixture {
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
  void comesBackAfterAGoawayThatSaysSo() throws Exception {
    Publisher publisher = start(server.config());
    publish(publisher, "0").get(10, SECONDS);

    server.run(() -> server.present().goaway(new Goaway(1001, true, 1, "restart")));

    assertThat(publish(publisher, "1").get(10, SECONDS).producerSequence()).isEqualTo(2);
    assertThat(server.hellos).hasSize(2);
  }

  @Test
  void comesBackWhenALateHelloOfAConnectionThatBrokeTookOver() throws Exception {
    Publisher publisher = start(server.config());
    publish(publisher, "0").get(10, SECONDS);
    server.run(() -> server.present().close());
    publish(publisher, "1").get(10, SECONDS);

    server.run(() -> server.present().goaway(CloseReason.REPLACED));

    assertThat(publish(publisher, "2").get(10, SECONDS).producerSequence()).isEqualTo(3);
    assertThat(server.storedPayloads()).isEqualTo(payloads(0, 3));
  }

  @Test
  void goesToAnotherServerWithWhatTheOneThatLeavesDidNotAcknowledge() throws Exception {
    try (FakeIngestServer other = new FakeIngestServer()) {
      server.cutAfterEvents = Integer.MAX_VALUE;
      Publisher publisher =
          start(
              server
                  .config()
                  .withAlternative(other.config().host(), other.config().port())
                  .withEpoch(7));
      publishAll(publisher, 0, 10).getLast().get(10, SECONDS);
      server.run(() -> server.holdAcks = true);
      var unacknowledged = publishAll(publisher, 10, 15);

      // A close with unread events resets the connection, and may take the goaway with it: a server
      // that leaves sends away who comes back, too.
      var goaway = new Goaway(1001, true, 60_000, "shutdown");
      server.run(
          () -> {
            server.refusals.add(goaway);
            server.present().goaway(goaway);
          });
      unacknowledged.getLast().get(10, SECONDS);

      assertThat(other.storedPayloads()).isEqualTo(payloads(10, 15));
      assertThat(other.hellos.take().epoch()).isEqualTo(7);
      assertThat(unacknowledged.getFirst().join().producerSequence()).isEqualTo(11);
    }
  }

  @Test
  void goesToAnotherServerWhenTheFirstCannotBeReached() throws Exception {
    // A port that is bound and not listened to refuses, and nobody else can be given it meanwhile.
    try (Socket refusing = new Socket()) {
      refusing.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      PublisherConfig config =
          PublisherConfig.of("127.0.0.1", refusing.getLocalPort(), "test")
              .withEpoch(7)
              .withToken(() -> "token")
              .withTiming(server.config().timing())
              .withAlternative(server.config().host(), server.config().port());

      publish(start(config), "0").get(10, SECONDS);

      assertThat(server.storedPayloads()).isEqualTo(payloads(0, 1));
    }
  }

  @Test
  void staysWithAServerThatWantsAFreshToken() throws Exception {
    try (FakeIngestServer other = new FakeIngestServer()) {
      server.refusals.add(Goaway.of(CloseReason.TOKEN_EXPIRED));
      Publisher publisher =
          start(server.config().withAlternative(other.config().host(), other.config().port()));
      publish(publisher, "0").get(10, SECONDS);
      assertThat(server.hellos).hasSize(2);
      assertThat(other.hellos).isEmpty();
    }
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
}
