package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Goaway;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How a publisher ends: by itself, by its application, by the server.
@Timeout(30)
class PublisherEndTest extends PublisherFixture {
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
  void endsWhenAnotherTookOverItsOnlyConnection() throws Exception {
    Publisher publisher = start(server.config());
    publish(publisher, "0").get(10, SECONDS);

    server.run(() -> server.present().goaway(CloseReason.REPLACED));

    assertThat(failure(PublisherClosed.class, publish(publisher, "1")).reason())
        .isEqualTo(CloseReason.REPLACED);
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
}
