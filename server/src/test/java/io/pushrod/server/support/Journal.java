package io.pushrod.server.support;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/// A publisher of numbered events that goes on over failures, and what became of each.
///
/// **Thread:** the test's.
public final class Journal implements AutoCloseable {
  private final Publisher publisher;
  private final String topic;
  private final List<CompletableFuture<Published>> all = new ArrayList<>();

  public Journal(RunningServer server, String topic) {
    String token = server.token();
    this.topic = topic;
    this.publisher =
        Publisher.start(
            PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "journal")
                .withToken(() -> token)
                .withTiming(
                    new PublisherConfig.Timing(
                        Duration.ofSeconds(30),
                        Duration.ofMillis(1),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(30))));
  }

  /// Publishes so many more.
  public void publish(int count) {
    try {
      for (int i = 0; i < count; i++) {
        all.add(
            publisher.publish(Publication.of(topic, "note", "{\"n\":" + (all.size() + 1) + "}")));
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  public int count() {
    return all.size();
  }

  public long acknowledged() {
    return all.stream().filter(CompletableFuture::isDone).count();
  }

  /// Waits until so many are acknowledged.
  public void awaitAcknowledged(int count) {
    Await.until(
        count + " acknowledged",
        () -> all.subList(0, count).stream().allMatch(CompletableFuture::isDone));
  }

  /// Waits until all are.
  public void settle() {
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
        .orTimeout(60, TimeUnit.SECONDS)
        .join();
  }

  /// Holds what a reader got since the first event against what was published: all of it, once, in
  /// order, under sequences without holes.
  public void holdsAgainst(WsClient reader) {
    holdsAgainst(reader, false);
  }

  /// @param mayBeginAnew whether a failover may have lost what readers had seen: then the topic has
  ///   another epoch, they are told, and get all of it
  public void holdsAgainst(WsClient reader, boolean mayBeginAnew) {
    List<Long> numbers = new ArrayList<>();
    List<Long> sequences = new ArrayList<>();
    while (numbers.size() < count()) {
      String event = reader.nextEvent();
      if (mayBeginAnew && event.contains("\"reason\":\"epoch\"")) {
        numbers.clear();
        sequences.clear();
        continue;
      }
      assertThat(event).doesNotContain("\"type\":\"gap\"");
      numbers.add(Json.number(event, "n"));
      sequences.add(Json.number(event, "seq"));
    }
    List<Long> expected = LongStream.rangeClosed(1, count()).boxed().toList();
    assertThat(numbers).isEqualTo(expected);
    assertThat(sequences).isEqualTo(expected);
    Set<Long> acked = new HashSet<>();
    all.forEach(each -> acked.addAll(each.join().sequences()));
    acked.remove(0L);
    assertThat(expected).containsAll(acked);
  }

  @Override
  public void close() {
    publisher.close();
  }
}
