package io.pushrod.bench.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pushrod.bench.run.BenchException;
import io.pushrod.client.Publication;
import io.pushrod.client.PublishRejected;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.client.PublisherConfig.Limits;
import io.pushrod.client.PublisherConfig.Timing;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Those who publish, read and ask for runs while things fail.
///
/// Publishers on the ingest port retry by themselves. Over HTTP nothing is published again: what is
/// not answered may be there or not.
final class Crowd implements AutoCloseable {
  /// Of every event that stays as it is.
  static final String TYPE = "custom:fault";

  /// Of every event that may be folded.
  static final String DELTA = "token_chunk";

  private static final int TOPICS = 6;
  private static final int TOPICS_PER_READER = 3;
  private static final int PUBLISHERS = 3;
  private static final int HTTP_PER_SECOND = 5;
  private static final int RUN_MILLIS = 900;
  private static final int REQUEST_SECONDS = 5;
  private static final int CATCH_UP_SECONDS = 60;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Limits LIMITS = new Limits(1 << 20, 400, 64 << 10);
  private static final Timing TIMING =
      new Timing(
          Duration.ofSeconds(3),
          Duration.ofMillis(100),
          Duration.ofSeconds(1),
          Duration.ofSeconds(CATCH_UP_SECONDS));

  private final Stage stage;
  private final Oracle oracle;
  private final Trail trail;
  private final int perSecond;
  private final String prefix;
  private final List<Reader> readers = new ArrayList<>();
  private final List<Publisher> publishers = new ArrayList<>();
  private final Map<String, Reader> runReaders = new ConcurrentHashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();
  private final Set<String> givenUp = ConcurrentHashMap.newKeySet();
  private final AtomicLong unanswered = new AtomicLong();
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(2))
          .build();

  /// @param perSecond events of each publisher on the ingest port
  /// @param prefix of topics and runs, so that a server that was used before is new to them
  Crowd(Stage stage, Oracle oracle, Trail trail, int perSecond, String prefix) {
    this.stage = stage;
    this.oracle = oracle;
    this.trail = trail;
    this.perSecond = perSecond;
    this.prefix = prefix;
  }

  private String topic(int number) {
    return "faults/" + prefix + "/t" + number % TOPICS;
  }

  /// Publications that were sent and of which nobody was told what became.
  long unanswered() {
    return unanswered.get();
  }

  /// Begins to read, and when everybody reads, to publish.
  ///
  /// @param count of readers, half of them over SSE
  void start(int count) throws IOException, InterruptedException {
    for (int i = 0; i < PUBLISHERS; i++) {
      publishers.add(publisher("p" + i));
    }
    mark("begin");
    for (int i = 0; i < count; i++) {
      int first = i;
      List<String> topics =
          IntStream.range(0, TOPICS_PER_READER).mapToObj(j -> topic(first + j)).toList();
      boolean isWebSocket = i % 2 == 0;
      String name = (isWebSocket ? "ws-" : "sse-") + i;
      readers.add(reader(name, isWebSocket, topics, i));
    }
    awaitMark("begin");
    for (int i = 0; i < PUBLISHERS; i++) {
      Publisher publisher = publishers.get(i);
      String name = "p" + i;
      run(() -> publish(name, publisher));
    }
    run(this::post);
    if (stage.worker() != null) {
      run(this::startRuns);
    }
  }

  private interface Work {
    void run() throws InterruptedException;
  }

  private void run(Work work) {
    threads.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
  }

  private Reader reader(String name, boolean isWebSocket, List<String> topics, int first) {
    return Reader.start(
        name, isWebSocket, topics, stage.readerPorts(), first, stage.token(), oracle, trail);
  }

  private Publisher publisher(String name) {
    List<Integer> ports = stage.publisherPorts();
    int first = publishers.size() % ports.size();
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", ports.get(first), "faults-" + prefix + '-' + name)
            .withToken(stage::token)
            .withLimits(LIMITS)
            .withTiming(TIMING);
    for (int i = 1; i < ports.size(); i++) {
      config = config.withAlternative("127.0.0.1", ports.get((first + i) % ports.size()));
    }
    return Publisher.start(config);
  }

  private void publish(String name, Publisher publisher) throws InterruptedException {
    long pauseMicros = 1_000_000 / perSecond;
    for (long n = 1; !stop.await(pauseMicros, TimeUnit.MICROSECONDS); n++) {
      Payload payload = Payload.of(Payload.key(name, n));
      List<String> topics = new ArrayList<>(List.of(topic((int) n)));
      Publication publication =
          Publication.of(topics.getFirst(), n % 4 == 0 ? DELTA : TYPE, data(payload));
      if (n % 7 == 0) {
        topics.add(topic((int) n + 2));
        publication = publication.alsoTo(topics.getLast());
      }
      var _ =
          publisher
              .publish(publication)
              .whenComplete((done, failure) -> onSettled(payload.key(), topics, done, failure));
    }
  }

  private static String data(Payload payload) {
    return "{\"text\":\"" + payload.text() + "\"}";
  }

  private void onSettled(
      String key, List<String> topics, @Nullable Published done, @Nullable Throwable failure) {
    if (done != null) {
      for (int i = 0; i < topics.size(); i++) {
        oracle.onAcked(key, topics.get(i), done.sequences().get(i));
      }
    } else if (failure instanceof PublishRejected rejected) {
      trail.note("refused " + key + ": " + rejected.getMessage());
      topics.forEach(topic -> oracle.onRefused(key, topic));
    } else {
      unanswered.incrementAndGet();
      onGivenUp(key, failure);
    }
  }

  /// A publisher that ends fails all that it has, of which one is told.
  private void onGivenUp(String key, @Nullable Throwable failure) {
    String publisher = Payload.of(key).publisher();
    if (givenUp.add(publisher)) {
      trail.note(key + ": " + failure);
      oracle.onStuck(publisher + " gave up: " + failure);
    }
  }

  private void post() throws InterruptedException {
    for (long n = 1; !stop.await(1_000 / HTTP_PER_SECOND, TimeUnit.MILLISECONDS); n++) {
      Payload payload = Payload.of(Payload.key("http", n));
      String topic = topic((int) n);
      String body =
          "{\"topic\":\"%s\",\"type\":\"%s\",\"data\":%s}".formatted(topic, TYPE, data(payload));
      HttpResponse<String> answer = send((int) n, "/v1/publish", Map.of(), body);
      JsonNode published = answer == null ? null : json(answer.body()).path("published").path(0);
      if (answer != null && answer.statusCode() == 200 && published != null) {
        oracle.onAcked(payload.key(), topic, published.path("seq").asLong());
      } else {
        trail.note("http: " + (answer == null ? "no answer" : answer.body()));
        unanswered.incrementAndGet();
      }
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new BenchException("no JSON: " + e.getOriginalMessage());
    }
  }

  /// Posts to one of the servers in turn.
  ///
  /// @return null when there is no answer
  private @Nullable HttpResponse<String> send(
      int number, String path, Map<String, String> headers, String body)
      throws InterruptedException {
    List<Integer> ports = stage.readerPorts();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + ports.get(number % ports.size()) + path))
            .timeout(Duration.ofSeconds(REQUEST_SECONDS))
            .header("Authorization", "Bearer " + stage.token())
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body));
    headers.forEach(request::header);
    try {
      return http.send(request.build(), BodyHandlers.ofString());
    } catch (IOException e) {
      return null;
    }
  }

  /// Each has a reader of its own, and is asked for until somebody says that it is accepted.
  private void startRuns() throws InterruptedException {
    for (int n = 1; !stop.await(RUN_MILLIS, TimeUnit.MILLISECONDS); n++) {
      String id = prefix + "-r" + n;
      String path = "/runs?agent=" + WorkerMain.AGENT + "&run_id=" + id;
      int tries = 0;
      HttpResponse<String> answer = null;
      while (stop.getCount() > 0 && (answer == null || answer.statusCode() != 202)) {
        answer = send(n + tries++, path, Map.of("Idempotency-Key", id), "{}");
        if (answer == null || answer.statusCode() != 202) {
          trail.note("run " + id + ": " + (answer == null ? "no answer" : answer.body()));
          TimeUnit.MILLISECONDS.sleep(200);
        }
      }
      if (answer != null && answer.statusCode() == 202) {
        trail.note("run " + id + ": accepted");
        oracle.onRunStarted(id);
        runReaders.put(id, reader("viewer", true, List.of("run/" + id), n));
        runReaders.entrySet().removeIf(each -> closeIfEnded(each.getKey(), each.getValue()));
      }
    }
  }

  private boolean closeIfEnded(String run, Reader reader) {
    boolean isOver = oracle.hasEnded(run);
    if (isOver) {
      reader.close();
    }
    return isOver;
  }

  void moveReaders() {
    readers.forEach(Reader::move);
  }

  /// Publishes an event to each topic behind all that was published, and waits until everybody has
  /// it.
  void settle() throws InterruptedException {
    stop.countDown();
    for (Thread each : threads) {
      each.join(Duration.ofSeconds(CATCH_UP_SECONDS));
    }
    mark("end");
    awaitMark("end");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS);
    while (!runReaders.isEmpty() && System.nanoTime() < deadline) {
      runReaders.entrySet().removeIf(each -> closeIfEnded(each.getKey(), each.getValue()));
      if (oracle.allRunsAreAccounted()) {
        break;
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /// Goes behind whatever was published by the same publishers: each marks the topics once.
  private void mark(String name) throws InterruptedException {
    for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
      for (int i = 0; i < TOPICS; i++) {
        Payload payload = Payload.of(Payload.key(name + publisher, i + 1));
        String topic = topic(i);
        try {
          Published done =
              publishers
                  .get(publisher)
                  .publish(Publication.of(topic, TYPE, data(payload)))
                  .get(CATCH_UP_SECONDS, TimeUnit.SECONDS);
          oracle.onAcked(payload.key(), topic, done.sequence());
        } catch (ExecutionException | TimeoutException e) {
          oracle.onStuck("publish: " + payload.key() + ": " + e);
        }
      }
    }
  }

  private void awaitMark(String name) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CATCH_UP_SECONDS);
    for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
      for (int i = 0; i < TOPICS; i++) {
        String key = Payload.key(name + publisher, i + 1);
        while (!oracle.hasEverywhere(topic(i), key) && System.nanoTime() < deadline) {
          TimeUnit.MILLISECONDS.sleep(20);
        }
        if (!oracle.hasEverywhere(topic(i), key)) {
          oracle.onStuck("lacks " + key + ": " + oracle.lacking(topic(i), key));
        }
      }
    }
  }

  @Override
  public void close() {
    stop.countDown();
    readers.forEach(Reader::close);
    runReaders.values().forEach(Reader::close);
    publishers.forEach(Publisher::close);
    http.close();
  }
}
