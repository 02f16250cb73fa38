package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A server that is drained at full speed, and another one where its clients go on.
@Timeout(120)
@Tag("acceptance")
final class DrainUnderLoadTest {
  private static final int TOPICS = 8;
  private static final int SOCKETS = 50;
  private static final int STREAMS = 20;
  private static final int WINDOW_MILLIS = 500;
  private static final int LARGE_EVENTS = 4_000;
  private static final String PADDING = "x".repeat(1000);
  private static final String[] SETTINGS = {
    "server.event_loops=2",
    "drain.window=" + WINDOW_MILLIS + "ms",
    "drain.timeout=60s",
    "quotas.connections_per_user=0",
    "quotas.publish_per_second=0",
    "retention.events=1000000",
    "retention.bytes=256MiB"
  };

  @RegisterExtension final RunningServer a = new RunningServer(SETTINGS);
  @RegisterExtension final RunningServer b = new RunningServer(SETTINGS);

  /// What one reader of one topic got up to its goodbye.
  ///
  /// @param numbers which publications they are
  private record Got(String topic, List<Long> numbers, long lastSequence, String goodbye) {
    String cursor() {
      return Json.text(goodbye.substring(goodbye.indexOf("\"cursors\"")), topic);
    }
  }

  private static String topic(long number) {
    return "t" + number % TOPICS;
  }

  /// Reads up to the goodbye, or to the event with this number.
  private static Got read(String topic, Supplier<String> source, long until) {
    List<Long> numbers = new ArrayList<>();
    long last = 0;
    while (numbers.isEmpty() || numbers.getLast() != until) {
      String text = source.get();
      if (text.startsWith("{\"op\":\"close\"")) {
        return new Got(topic, numbers, last, text);
      }
      if (!text.startsWith("{\"op\"")) {
        assertThat(Json.number(text, "seq")).isEqualTo(last + 1);
        last++;
        numbers.add(Json.number(text, "n"));
      }
    }
    return new Got(topic, numbers, last, "");
  }

  /// Publishes without a pause until told to stop.
  private static List<CompletableFuture<Published>> publish(
      Publisher publisher, AtomicBoolean enough) {
    List<CompletableFuture<Published>> all = new ArrayList<>();
    try {
      for (long n = 0; !enough.get() || n % TOPICS != 0; n++) {
        all.add(publisher.publish(Publication.of(topic(n), "note", "{\"n\":" + n + "}")));
      }
      return all;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void losesAndDoublesNothingAndLeavesNobodyInTheDark() throws Exception {
    b.restart("data_dir=" + a.dataDir());
    PushServer first = a.server();
    RawWs slow = largeReader();
    for (int i = 0; i < LARGE_EVENTS; i += 500) {
      a.publishAll(
          500,
          _ -> "{\"topic\":\"large\",\"type\":\"note\",\"data\":{\"text\":\"" + PADDING + "\"}}");
    }
    List<WsClient> sockets = new ArrayList<>();
    List<SseClient> streams = new ArrayList<>();
    for (int i = 0; i < SOCKETS; i++) {
      sockets.add(a.ws());
      sockets.getLast().subscribe(topic(i), "");
    }
    for (int i = 0; i < STREAMS; i++) {
      streams.add(a.sse("topic=" + topic(i)));
      streams.getLast().next();
    }

    PublisherConfig.Limits limits = new PublisherConfig.Limits(1 << 20, 64, 1 << 16);
    AtomicBoolean enough = new AtomicBoolean();
    List<Long> published;
    CompletableFuture<List<String>> slowly;
    try (Publisher publisher =
        Publisher.start(
            PublisherConfig.of("127.0.0.1", first.ingestPort(), "load")
                .withToken(a::token)
                .withLimits(limits)
                .withAlternative("127.0.0.1", b.server().ingestPort()))) {
      var publishing = CompletableFuture.supplyAsync(() -> publish(publisher, enough));
      long before = first.metrics().total(Counter.EVENTS_APPENDED);
      Await.until(
          "events at A", () -> first.metrics().total(Counter.EVENTS_APPENDED) > before + 500);

      CompletableFuture<Void> drain = CompletableFuture.runAsync(first::close);
      slowly = CompletableFuture.supplyAsync(() -> readOnceTheOthersAreTold(first, slow));
      b.awaitCount(Counter.EVENTS_APPENDED, 500);
      enough.set(true);
      List<CompletableFuture<Published>> all = publishing.get(20, TimeUnit.SECONDS);
      all.forEach(each -> each.orTimeout(20, TimeUnit.SECONDS).join());
      published = Stream.iterate(0L, n -> n + 1).limit(all.size()).toList();
      drain.get(60, TimeUnit.SECONDS);
    }

    List<Got> got = new ArrayList<>();
    for (int i = 0; i < SOCKETS; i++) {
      got.add(read(topic(i), sockets.get(i)::next, -1));
      assertThat(sockets.get(i).closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    }
    for (int i = 0; i < STREAMS; i++) {
      SseClient stream = streams.get(i);
      got.add(read(topic(i), () -> stream.next().data(), -1));
      assertThat(stream.ends()).isTrue();
    }
    everyReaderOfATopicGotTheSameAndKnowsWhereToGoOn(got);
    for (int i = 0; i < TOPICS; i++) {
      readsOnAtB(got.get(i), published);
      readsOnAtBAsAStream(got.get(SOCKETS + i), published);
    }

    assertThat(slowly.get(20, TimeUnit.SECONDS)).hasSize(LARGE_EVENTS);
    assertThat(first.metrics().total(Counter.DRAIN_TOLD)).isEqualTo(SOCKETS + STREAMS + 1);
    assertThat(first.metrics().total(Counter.DRAIN_CUT)).isZero();
    assertThat(first.metrics().total(Counter.INTERNAL_ERRORS)).isZero();
  }

  private RawWs largeReader() {
    RawWs reader = a.rawWs(4096);
    reader.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"large\"}");
    assertThat(reader.nextReply()).contains("\"ack\"");
    return reader;
  }

  /// What a reader gets that wakes up when all others have gone.
  private static List<String> readOnceTheOthersAreTold(PushServer server, RawWs slow) {
    Await.until(
        "the others are told",
        () -> server.metrics().total(Counter.DRAIN_TOLD) == SOCKETS + STREAMS);
    List<String> events = slow.eventsUntil(LARGE_EVENTS);
    assertThat(slow.nextText()).contains("\"reason\":\"shutdown\"").contains("-" + LARGE_EVENTS);
    assertThat(slow.closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    try {
      slow.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return events;
  }

  private static void everyReaderOfATopicGotTheSameAndKnowsWhereToGoOn(List<Got> got) {
    for (Got each : got) {
      assertThat(each.numbers()).isEqualTo(firstOf(got, each.topic()).numbers());
      assertThat(each.goodbye()).contains("\"reason\":\"shutdown\"");
      assertThat(each.cursor()).endsWith("-" + each.lastSequence());
      assertThat(Json.number(each.goodbye(), "retry_after_ms"))
          .isBetween(1_000L, 1_000L + WINDOW_MILLIS);
    }
  }

  private static Got firstOf(List<Got> got, String topic) {
    return got.stream().filter(each -> each.topic().equals(topic)).findFirst().orElseThrow();
  }

  private void readsOnAtB(Got atA, List<Long> published) {
    WsClient socket = b.ws("/v1/ws?token=" + a.token());
    socket.subscribe(atA.topic(), ",\"after\":\"" + atA.cursor() + "\"");
    assertThat(socket.nextEvent()).contains("\"gap\"").contains("\"reason\":\"epoch\"");
    isTheRest(atA, published, socket::next);
  }

  private void readsOnAtBAsAStream(Got atA, List<Long> published) {
    SseClient stream =
        b.sseAt(
            "/v1/sse?token=" + a.token() + "&topic=" + atA.topic(), "Last-Event-ID", atA.cursor());
    assertThat(stream.nextEvent().data()).contains("\"gap\"").contains("\"reason\":\"epoch\"");
    isTheRest(atA, published, () -> stream.next().data());
  }

  /// What A gave and what B gives is what was published, each once and in order.
  private static void isTheRest(Got atA, List<Long> published, Supplier<String> source) {
    List<Long> expected = published.stream().filter(n -> topic(n).equals(atA.topic())).toList();
    Got atB = read(atA.topic(), source, expected.getLast());
    assertThat(Stream.concat(atA.numbers().stream(), atB.numbers().stream()).toList())
        .isEqualTo(expected);
  }
}
