package io.pushrod.bench.run;

import static java.util.Objects.requireNonNull;

import io.pushrod.bench.Transport;
import io.pushrod.client.PublisherConfig;
import io.pushrod.client.RunContext;
import io.pushrod.client.RunRequest;
import io.pushrod.client.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Runs of a Pushrod server, all going on at once, that a worker in this process emits tokens to.
/// Each has one reader, who follows it by SSE in the dialect of runs.
public final class ManagedRuns implements Target {
  private static final String AGENT = "bench";
  private static final String PREFIX = "r";
  private static final String SAMPLE = "sample";
  private static final int SOON_SECONDS = 20;

  /// Of the time at the start of every token.
  private static final int TIME_DIGITS = 19;

  /// What one machine may do that one user may not; no event that the bench did not ask for.
  private static final List<String> SETTINGS =
      List.of(
          "runs.active_per_user=100000",
          "runs.active_per_tenant=100000",
          "streaming.events.heartbeat_interval=300");

  private final String name;
  private final ServerProcess process;
  private final Topics runs;
  private final int bytes;
  private final Tokens tokens;
  private final Worker worker;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Map<String, RunContext> running = new ConcurrentHashMap<>();
  private final CountDownLatch begun;
  private final CountDownLatch over = new CountDownLatch(1);
  private final List<RunContext> contexts;
  private final long[] sequences;

  /// Bytes of a token's JSON besides its text and the digits of its sequence.
  private final int fixedBytes;

  private ManagedRuns(
      String name, ServerProcess process, Topics runs, int bytes, PublisherConfig config)
      throws IOException, InterruptedException {
    this.name = name;
    this.process = process;
    this.runs = runs;
    this.bytes = bytes;
    this.tokens = Tokens.one(Tokens.dev(process.data(), "dev", 1, 1).publisher());
    this.begun = new CountDownLatch(runs.count());
    this.sequences = new long[runs.count()];
    this.worker =
        Worker.of(config.withToken(tokens::publisher))
            .agent(AGENT, runs.count() + 1, this::emit)
            .start();
    try {
      fixedBytes = learn();
      contexts = begin();
    } catch (IOException | RuntimeException e) {
      worker.close();
      throw e;
    }
  }

  /// Starts a server, a worker and the runs.
  ///
  /// @param topics of whose count there are runs, with one reader each
  /// @param bytes size of the JSON of every token
  public static ManagedRuns start(
      Path root, Path logs, Variant variant, Topics topics, int bytes, int maxSeconds)
      throws IOException, InterruptedException {
    List<String> settings = new ArrayList<>(SETTINGS);
    settings.addAll(variant.settings());
    Variant own =
        new Variant(
            variant.name() + "-runs",
            settings,
            variant.jvmFlags(),
            variant.cores(),
            variant.compression(),
            variant.root());
    ServerProcess process = ServerProcess.start(root, logs, own, maxSeconds);
    try {
      PushrodAddress address = process.address();
      return new ManagedRuns(
          own.name(),
          process,
          new Topics(PREFIX, topics.count(), 1),
          bytes,
          PublisherConfig.of(address.host(), address.ingestPort(), "bench-worker"));
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /// What the worker does: nothing by itself, until all is over.
  private @Nullable String emit(RunRequest request, RunContext run) throws InterruptedException {
    if (request.id().equals(SAMPLE)) {
      run.token("0".repeat(TIME_DIGITS));
      return null;
    }
    running.put(request.id(), run);
    begun.countDown();
    over.await();
    return null;
  }

  /// Starts a run with one token, and looks at it.
  private int learn() throws IOException, InterruptedException {
    start(SAMPLE);
    HttpResponse<String> answer =
        http.send(
            request("/runs/" + SAMPLE + "/events?from_sequence=1&timeout=" + SOON_SECONDS).build(),
            BodyHandlers.ofString());
    String token =
        answer
            .body()
            .lines()
            .filter(line -> line.startsWith("data: ") && line.contains("\"type\":\"token\""))
            .map(line -> line.substring("data: ".length()))
            .findFirst()
            .orElseThrow(
                () ->
                    new BenchException(
                        "run: "
                            + answer.statusCode()
                            + ' '
                            + answer.body()
                            + " (expected: a token)"));
    String sequence = token.replaceFirst(".*\"sequence\":([0-9]+).*", "$1");
    return token.length() - sequence.length() - TIME_DIGITS;
  }

  private List<RunContext> begin() throws IOException, InterruptedException {
    for (int i = 0; i < runs.count(); i++) {
      start(runs.name(i));
    }
    if (!begun.await(SOON_SECONDS, TimeUnit.SECONDS)) {
      throw new BenchException("runs: " + running.size() + " (expected: " + runs.count() + ")");
    }
    return IntStream.range(0, runs.count())
        .mapToObj(i -> requireNonNull(running.get(runs.name(i))))
        .toList();
  }

  private void start(String id) throws IOException, InterruptedException {
    HttpRequest request =
        request("/runs?run_id=" + id + "&agent=" + AGENT)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
    if (answer.statusCode() != 202) {
      throw new BenchException(
          "run: " + answer.statusCode() + ' ' + answer.body() + " (expected: 202)");
    }
  }

  private HttpRequest.Builder request(String path) {
    PushrodAddress address = process.address();
    return HttpRequest.newBuilder(
            URI.create("http://" + address.host() + ':' + address.port() + path))
        .timeout(Duration.ofSeconds(SOON_SECONDS))
        .header("Authorization", "Bearer " + tokens.publisher());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Long> pids() {
    return List.of(process.pid());
  }

  @Override
  public PushrodAddress admin() {
    return process.address();
  }

  /// A reader is in when it has the first event of its run.
  @Override
  public Door door(Transport transport) {
    PushrodAddress address = process.address();
    return new Door(
        transport,
        address.host(),
        address.port(),
        "/runs/{topics}/events?from_sequence=1&timeout=3600",
        ",",
        List.of("Authorization: Bearer {token}"),
        List.of(),
        "\"type\":\"started\"",
        1,
        tokens.readers(),
        tokens.readersPerToken(),
        0,
        runs,
        Door.Dialect.DOCKRION);
  }

  @Override
  public long drive(Load load) throws IOException, InterruptedException {
    return OpenLoop.run(load, (run, intended) -> contexts.get(run).token(text(run, intended)));
  }

  /// The first event of a run, of sequence 1, is not from here.
  private String text(int run, long intendedNanos) {
    int digits = Long.toString(++sequences[run] + 1).length();
    int padding = bytes - fixedBytes - TIME_DIGITS - digits;
    if (padding < 0) {
      throw new BenchException(
          "bytes: %d (expected: >= %d, what a token takes without padding)"
              .formatted(bytes, bytes - padding));
    }
    return "%019d".formatted(intendedNanos) + EventShape.pad(intendedNanos, padding);
  }

  @Override
  public void close() throws IOException {
    over.countDown();
    worker.close();
    process.close();
  }
}
