package io.pushrod.bench.run;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/// The server under test, started as a user would start it, with one topic to publish to.
public final class Pushrod implements Target {
  public static final String TOPIC = "bench/fanout";

  public static final String ALLOCATED = "jvm_allocated_bytes_total";
  public static final String HEAP_USED = "jvm_heap_used_bytes";
  public static final String DIRECT_MEMORY = "jvm_direct_memory_used_bytes";
  public static final String SOCKET_WRITES = "pushrod_socket_writes_total";

  private static final Duration SOON = Duration.ofSeconds(20);

  /// What one machine may do that one user may not.
  private static final List<String> SETTINGS =
      List.of(
          "server.event_loops=1",
          "drain.window=0s",
          "quotas.connections=0",
          "quotas.connections_per_user=0",
          "quotas.connections_per_tenant=0",
          "quotas.connections_per_address=0",
          "quotas.accepts_per_second=0",
          "quotas.accepts_per_second_per_address=0",
          "quotas.publish_per_second=0",
          "quotas.topics_per_tenant=0");

  private final Child child;
  private final Path data;
  private final HttpClient http;
  private final int port;
  private final int ingestPort;
  private final int adminPort;
  private final String token;
  private final Publisher publisher;
  private final EventShape shape;
  private long nextSequence;

  private Pushrod(
      Child child, Path data, HttpClient http, int[] ports, String token, int eventBytes)
      throws IOException, InterruptedException {
    this.child = child;
    this.data = data;
    this.http = http;
    this.port = ports[0];
    this.ingestPort = ports[1];
    this.adminPort = ports[2];
    this.token = token;
    this.publisher = publisher("bench");
    settled(publish(EventShape.sampleData()));
    this.shape = EventShape.of(onlyEvent(), eventBytes);
    this.nextSequence = shape.sampleSequence() + 1;
  }

  /// @param root of the repository
  /// @param eventBytes size of the JSON of every event that [#drive] publishes
  public static Pushrod start(
      Path root, Path logs, List<String> settings, int eventBytes, int maxSeconds)
      throws IOException, InterruptedException {
    Path data = Files.createTempDirectory(logs, "data");
    int[] ports = freePorts();
    String launcher = root.resolve("scripts/pushrod").toString();
    List<String> command =
        new ArrayList<>(
            List.of(
                launcher, "serve", "--dev", "--data", data.toString(), "--port", "" + ports[0]));
    command.addAll(List.of("--ingest-port", "" + ports[1], "--admin-port", "" + ports[2]));
    for (List<String> some : List.of(SETTINGS, settings)) {
      some.forEach(setting -> command.addAll(List.of("--set", setting)));
    }
    Child child = Child.start("server", logs, Cores.measured(maxSeconds, command));
    HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    try {
      awaitReady(http, ports[2], child);
      String token = token(launcher, data, logs);
      return new Pushrod(child, data, http, ports, token, eventBytes);
    } catch (IOException | RuntimeException e) {
      child.close();
      throw e;
    }
  }

  private static int[] freePorts() throws IOException {
    int[] ports = new int[3];
    List<ServerSocket> held = new ArrayList<>();
    for (int i = 0; i < ports.length; i++) {
      ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      held.add(socket);
      ports[i] = socket.getLocalPort();
    }
    for (ServerSocket socket : held) {
      socket.close();
    }
    return ports;
  }

  private static void awaitReady(HttpClient http, int adminPort, Child child)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (System.nanoTime() < deadline && child.isAlive()) {
      try {
        HttpRequest request = get(adminPort, "/readyz").build();
        if (http.send(request, BodyHandlers.discarding()).statusCode() == 200) {
          return;
        }
      } catch (ConnectException e) {
        // Not listening yet.
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new BenchException("server: not ready, see bench/target/logs/server.log");
  }

  private static String token(String launcher, Path data, Path logs)
      throws IOException, InterruptedException {
    List<String> command =
        List.of(
            "env", // flags are meant for the server alone
            "-u",
            "PUSHROD_JVM_FLAGS",
            launcher,
            "token",
            "--data",
            data.toString(),
            "--tenant",
            "dev",
            "--user",
            "bench",
            "--topics",
            "*",
            "--publish",
            "*");
    try (Child child = Child.start("token", logs, Cores.load(60, command))) {
      return child.next(SOON).strip();
    }
  }

  private static HttpRequest.Builder get(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(SOON);
  }

  private String onlyEvent() throws IOException, InterruptedException {
    HttpRequest request =
        get(port, "/v1/topics/" + TOPIC + "/events?after=earliest&limit=1")
            .header("Authorization", "Bearer " + token)
            .build();
    String page = http.send(request, BodyHandlers.ofString()).body();
    int from = page.indexOf("\"events\":[");
    int to = page.indexOf("}]", from);
    if (from < 0 || to < 0) {
      throw new BenchException("history: " + page + " (expected: one event)");
    }
    return page.substring(from + "\"events\":[".length(), to + 1);
  }

  /// One scrape of the admin port.
  public Metrics metrics() throws IOException, InterruptedException {
    HttpRequest request = get(adminPort, "/metrics").build();
    return Metrics.parse(http.send(request, BodyHandlers.ofString()).body());
  }

  public int port() {
    return port;
  }

  public String token() {
    return token;
  }

  /// How the events look that [#drive] publishes.
  public EventShape shape() {
    return shape;
  }

  @Override
  public String name() {
    return "server";
  }

  @Override
  public long pid() {
    return child.pid();
  }

  /// A publisher of its own on the ingest port; the caller closes it.
  ///
  /// @param producer its name
  public Publisher publisher(String producer) {
    return Publisher.start(
        PublisherConfig.of("127.0.0.1", ingestPort, producer).withToken(() -> token));
  }

  @Override
  public long drive(long rounds, int perSecond) throws InterruptedException {
    long periodNanos = Duration.ofSeconds(1).toNanos() / perSecond;
    long intended = System.nanoTime() + periodNanos;
    long late = 0;
    CompletableFuture<Published> last =
        CompletableFuture.failedFuture(new BenchException("rounds: 0"));
    for (long i = 0; i < rounds; i++, intended += periodNanos) {
      for (long wait = intended - System.nanoTime();
          wait > 0;
          wait = intended - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      late += System.nanoTime() > intended + periodNanos ? 1 : 0;
      last = publish(shape.data(nextSequence++, intended));
    }
    long sequence = settled(last).sequence();
    if (sequence != nextSequence - 1) {
      throw new BenchException("sequence: " + sequence + " (expected: " + (nextSequence - 1) + ")");
    }
    return late;
  }

  private CompletableFuture<Published> publish(byte[] data) throws InterruptedException {
    return publisher.publish(Publication.of(TOPIC, "bench", data));
  }

  /// Waits for the acknowledgement.
  public static Published settled(CompletableFuture<Published> published)
      throws InterruptedException {
    try {
      return published.get(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new BenchException("publish: " + e + " (expected: an acknowledgement)");
    }
  }

  @Override
  public void close() throws IOException {
    publisher.close();
    http.close();
    child.close();
    try (var files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
