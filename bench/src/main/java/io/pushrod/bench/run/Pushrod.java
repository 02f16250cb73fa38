package io.pushrod.bench.run;

import static java.util.Objects.requireNonNull;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Variant.Compression;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A Pushrod server, started by us or found at an address, with topics to publish to.
public final class Pushrod implements Target {
  public static final String ALLOCATED = "jvm_allocated_bytes_total";
  public static final String HEAP_USED = "jvm_heap_used_bytes";
  public static final String DIRECT_MEMORY = "jvm_direct_memory_used_bytes";
  public static final String BUDGET_USED = "pushrod_memory_bytes";
  public static final String SOCKET_WRITES = "pushrod_socket_writes_total";

  private static final int SETTLE_SECONDS = 20;

  /// Of one user, by default.
  private static final int CONNECTIONS_PER_USER = 10;

  /// Below what one address may open a second, by default.
  private static final int OPENS_PER_SECOND = 400;

  private final String name;
  private final Compression compression;
  private final @Nullable ServerProcess process;
  private final List<Long> pids;
  private final PushrodAddress address;
  private final Tokens tokens;
  private final int opensPerSecond;
  private final Topics topics;
  private final Publisher publisher;
  private final EventShape shape;
  private final long[] sequences;

  private Pushrod(
      String name,
      Compression compression,
      @Nullable ServerProcess process,
      List<Long> pids,
      PushrodAddress address,
      Tokens tokens,
      int opensPerSecond,
      Topics topics,
      int eventBytes)
      throws IOException, InterruptedException {
    this.name = name;
    this.compression = compression;
    this.process = process;
    this.pids = pids;
    this.address = address;
    this.tokens = tokens;
    this.opensPerSecond = opensPerSecond;
    this.topics = topics;
    this.sequences = new long[topics.count()];
    this.publisher = publisher("bench-" + run());
    this.shape = learn(eventBytes);
  }

  /// Starts a server.
  ///
  /// @param root of the repository
  /// @param eventBytes size of the JSON of every event that [#drive] publishes
  public static Pushrod start(
      Path root, Path logs, Variant variant, Topics topics, int eventBytes, int maxSeconds)
      throws IOException, InterruptedException {
    ServerProcess process = ServerProcess.start(root, logs, variant, maxSeconds);
    try {
      Tokens tokens = Tokens.one(Tokens.dev(process.data(), "dev", 1, 1).publisher());
      List<Long> pids = List.of(process.pid());
      return new Pushrod(
          variant.name(),
          variant.compression(),
          process,
          pids,
          process.address(),
          tokens,
          0,
          topics,
          eventBytes);
    } catch (IOException | RuntimeException e) {
      process.close();
      throw e;
    }
  }

  /// Uses a server that runs already, at a pace that its default quotas allow.
  ///
  /// @param topics their prefix gets a part of this run's own, so that no history is in the way
  public static Pushrod at(PushrodAddress address, Tokens tokens, Topics topics, int eventBytes)
      throws IOException, InterruptedException {
    Topics own = new Topics(topics.prefix() + run() + '/', topics.count(), topics.perReader());
    List<Long> pids = ListeningProcess.of(address.host(), address.port());
    return new Pushrod(
        "pushrod",
        Compression.NONE,
        null,
        pids,
        address,
        tokens,
        OPENS_PER_SECOND,
        own,
        eventBytes);
  }

  /// For [Tokens#dev].
  public static int connectionsPerUser() {
    return CONNECTIONS_PER_USER;
  }

  private static String run() {
    return Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
  }

  /// Publishes one event to a topic that nobody reads, and looks at it.
  private EventShape learn(int eventBytes) throws IOException, InterruptedException {
    String sample = topics.prefix() + "sampl";
    settled(publisher.publish(Publication.of(sample, "bench", EventShape.sampleData())));
    return EventShape.of(address.onlyEvent(sample, tokens.publisher()), eventBytes);
  }

  /// Where a server that was started here has what it keeps.
  public Path data() {
    return requireNonNull(process, "process").data();
  }

  /// One scrape of the admin port.
  public Metrics metrics() throws IOException, InterruptedException {
    return address.metrics();
  }

  /// Whether there are metrics of it.
  public boolean hasMetrics() {
    return address.adminPort() != 0;
  }

  public PushrodAddress address() {
    return address;
  }

  /// Of the publisher, which may read too.
  public String token() {
    return tokens.publisher();
  }

  public Topics topics() {
    return topics;
  }

  /// The sequence of the last event that [#drive] published to a topic.
  public long lastSequence(int topic) {
    return sequences[topic];
  }

  /// How the events look that [#drive] publishes.
  public EventShape shape() {
    return shape;
  }

  @Override
  public @Nullable PushrodAddress admin() {
    return hasMetrics() ? address : null;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<Long> pids() {
    return pids;
  }

  /// Of a server that was started here.
  public long pid() {
    return pids.getFirst();
  }

  @Override
  public Door door(Transport transport) {
    return compression == Compression.EACH
        ? door(transport, topics, Map.of("filter", "bench,for-{n}"))
        : door(transport, topics);
  }

  private List<String> headers() {
    String authorization = "Authorization: Bearer {token}";
    return compression == Compression.NONE
        ? List.of(authorization)
        : List.of(authorization, "Sec-WebSocket-Extensions: permessage-deflate");
  }

  /// @param read which topics a reader reads, if not those that are published to
  public Door door(Transport transport, Topics read) {
    return door(transport, read, Map.of());
  }

  /// For readers that continue at their cursors when they come back; each reads one topic.
  public Door resumingDoor(Transport transport) {
    return door(transport, topics, Map.of("after", "{after}"));
  }

  /// @param options of every subscription: names of parameters and of fields are the same
  public Door door(Transport transport, Topics read, Map<String, String> options) {
    String parameters =
        options.entrySet().stream()
            .map(option -> '&' + option.getKey() + '=' + option.getValue())
            .collect(Collectors.joining());
    String fields =
        options.entrySet().stream()
            .map(option -> ",\"" + option.getKey() + "\":\"" + option.getValue() + '"')
            .collect(Collectors.joining());
    boolean webSocket = transport == Transport.WS;
    boolean subscribes = webSocket && read.perReader() > 0;
    return new Door(
        transport,
        address.host(),
        address.port(),
        webSocket
            ? "/v1/ws"
            : read.perReader() == 0 ? "/v1/sse" : "/v1/sse?topic={topics}" + parameters,
        "&topic=",
        headers(),
        subscribes
            ? List.of("{\"op\":\"subscribe\",\"id\":{id},\"topic\":\"{topic}\"" + fields + '}')
            : List.of(),
        subscribes ? "\"op\":\"ack\"" : "\"op\":\"welcome\"",
        subscribes ? read.perReader() : 1,
        tokens.readers(),
        tokens.readersPerToken(),
        opensPerSecond,
        read,
        Door.Dialect.NATIVE);
  }

  /// A publisher of its own on the ingest port; the caller closes it.
  ///
  /// @param producer its name
  public Publisher publisher(String producer) {
    return Publisher.start(
        PublisherConfig.of(address.host(), address.ingestPort(), producer)
            .withToken(tokens::publisher));
  }

  @Override
  public long drive(Load load) throws IOException, InterruptedException {
    Driver driver = new Driver();
    long late = OpenLoop.run(load, driver);
    driver.settle();
    return late;
  }

  /// Publishes, and remembers what came last.
  private final class Driver implements OpenLoop.Sender {
    private CompletableFuture<Published> last =
        CompletableFuture.failedFuture(new BenchException("rounds: 0"));
    private int lastTopic;

    @Override
    public void send(int topic, long intendedNanos) throws InterruptedException {
      byte[] data = shape.data(++sequences[topic], intendedNanos);
      last = publisher.publish(Publication.of(topics.name(topic), "bench", data));
      lastTopic = topic;
    }

    void settle() throws InterruptedException {
      long sequence = settled(last).sequence();
      if (sequence != sequences[lastTopic]) {
        throw new BenchException(
            "sequence: " + sequence + " (expected: " + sequences[lastTopic] + ")");
      }
    }
  }

  /// Waits for the acknowledgement.
  public static Published settled(CompletableFuture<Published> published)
      throws InterruptedException {
    try {
      return published.get(SETTLE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new BenchException("publish: " + e + " (expected: an acknowledgement)");
    }
  }

  @Override
  public void close() throws IOException {
    publisher.close();
    if (process != null) {
      process.close();
    }
  }
}
