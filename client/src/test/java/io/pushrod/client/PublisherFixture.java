package io.pushrod.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.throwable;

import io.pushrod.codec.ingest.IngestFrame.Ping;
import io.pushrod.codec.ingest.IngestFrame.Pong;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;

/// A fake server and the publishers of one test.
class PublisherFixture {
  final FakeIngestServer server = new FakeIngestServer();
  private final List<Publisher> publishers = new ArrayList<>();

  @AfterEach
  void close() {
    publishers.forEach(Publisher::close);
    server.close();
  }

  Publisher start(PublisherConfig config) {
    Publisher publisher = Publisher.start(config);
    publishers.add(publisher);
    return publisher;
  }

  static Publication publication(String data) {
    return Publication.of("thread/1", "progress", data);
  }

  static CompletableFuture<Published> publish(Publisher publisher, String data) {
    try {
      return publisher.publish(publication(data));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  static List<CompletableFuture<Published>> publishAll(Publisher publisher, int from, int to) {
    return payloads(from, to).stream().map(data -> publish(publisher, data)).toList();
  }

  static List<String> payloads(int from, int to) {
    return IntStream.range(from, to).mapToObj(Integer::toString).toList();
  }

  /// Waits until the server has read so many more events.
  void awaitEvents(int count) throws InterruptedException {
    for (int read = 0; read < count; ) {
      read += server.batches.take();
    }
  }

  /// Waits until the publisher has read all that the server has sent, and the server all that it
  /// answered.
  void roundTrip() throws InterruptedException {
    server.send(new Ping(1));
    assertThat(server.controls.take()).isEqualTo(new Pong(1));
  }

  static <T extends Throwable> T failure(Class<T> type, CompletableFuture<?> future) {
    try {
      future.orTimeout(10, SECONDS).join();
    } catch (CompletionException e) {
      return assertThat(e.getCause()).asInstanceOf(throwable(type)).actual();
    }
    throw new AssertionError("future: done (expected: failed)");
  }
}
