package io.pushrod.bench;

import io.pushrod.bench.peer.SharedRedis;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.CpuClock;
import io.pushrod.bench.run.Footprint;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Machine;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Three nodes on one Redis: what an event costs Redis and the nodes, and what a topic does. The
/// constants of docs/scale.md.
@Command(
    name = "cluster",
    description = {
      "Three nodes on one Redis: events per second, CPU of Redis per append and notification,",
      "of a node per event received and delivered, memory per followed topic."
    },
    mixinStandardHelpOptions = true)
final class Cluster implements Callable<Integer> {
  private static final int MAX_SECONDS = 300;
  private static final int STRAGGLER_SECONDS = 20;
  private static final int EVENTS_PER_LOOK = 64;

  /// Of the closed loop: what is in flight is acknowledged soon on a slow machine too.
  private static final PublisherConfig.Limits WINDOW =
      new PublisherConfig.Limits(4 << 20, 4096, 256 << 10);

  /// How many times fewer topics there are at the first look.
  private static final int FEWER = 5;

  /// Connections to Redis that hear what a node hears: a notification costs too little to be seen
  /// in what three nodes add.
  private static final int LISTENERS = 20;

  private static final int MEMORY_CONNECTIONS = 50;

  /// Of some topics: enough to fill many of the pieces of a few KiB that Redis keeps streams in.
  private static final int MORE_EVENTS = 100;

  private static final int MOST_MEMORY_TOPICS = 6000;

  @Option(names = "--bytes", description = "Size of an event's JSON (${DEFAULT-VALUE}).")
  private int bytes = 200;

  @Option(names = "--topics", description = "How many are published to (${DEFAULT-VALUE}).")
  private int topics = 100;

  @Option(names = "--rate", description = "Events per second and topic (${DEFAULT-VALUE}).")
  private int rate = 20;

  @Option(
      names = "--fan",
      description = "Readers of each topic at a node, where there are many (${DEFAULT-VALUE}).")
  private int fan = 20;

  @Option(names = "--seconds", description = "Of each window (${DEFAULT-VALUE}).")
  private int seconds = 5;

  @Option(names = "--warm-up", description = "Seconds before the first (${DEFAULT-VALUE}).")
  private int warmUpSeconds = 10;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  private int blocks = 3;

  @Option(
      names = "--memory-topics",
      description = "Topics at the second look at memory, 0 for no look (${DEFAULT-VALUE}).")
  private int memoryTopics = 4000;

  @Option(names = "--appendfsync", description = "Redis: always, everysec, no (${DEFAULT-VALUE}).")
  private String appendFsync = "everysec";

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "A setting of all nodes.")
  private List<String> settings = new ArrayList<>();

  /// Figures by name, with a value for each block.
  private final Map<String, Row> rows = new LinkedHashMap<>();

  private final List<Double> foreign = new ArrayList<>();
  private String redisVersion = "";

  private record Row(String unit, List<Double> values) {}

  /// CPU of one window, in microseconds per event.
  private record Cost(double redis, double publisher, double reader, double perCall) {}

  /// What runs in a block; readers of group `b` are at node b, and so on.
  private record Stage(SharedRedis redis, List<Pushrod> nodes, Readers readers) {
    Pushrod publisher() {
      return nodes.getFirst();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    SharedRedis.missing()
        .ifPresent(
            why -> {
              throw new BenchException(why);
            });
    if (fan < 2 || memoryTopics % (MEMORY_CONNECTIONS * FEWER) != 0) {
      throw new BenchException(
          "--fan, --memory-topics: %d, %d (expected: 2 or more, a multiple of %d)"
              .formatted(fan, memoryTopics, MEMORY_CONNECTIONS * FEWER));
    }
    if (memoryTopics > MOST_MEMORY_TOPICS) {
      throw new BenchException(
          "--memory-topics: %d (expected: <= %d, subscriptions of %d connections)"
              .formatted(memoryTopics, MOST_MEMORY_TOPICS, MEMORY_CONNECTIONS));
    }
    try (Progress progress = Progress.start("cluster", blocks)) {
      for (int block = 0; block < blocks; block++) {
        progress.step("block " + (block + 1));
        block();
      }
    }
    Report report =
        Bench.report(
            "cluster",
            "three nodes on one Redis: %,d topics × %d B × %d events/s, %d blocks of %d s"
                .formatted(topics, bytes, rate, blocks, seconds));
    rows.forEach((name, row) -> report.row(name, row.unit, row.values));
    report
        .row("foreign CPU", "cores", foreign)
        .fact("redis", redisVersion + ", appendfsync " + appendFsync)
        .fact("cores", "Redis and all nodes share core 0, publishers and readers core 1")
        .verified("every delivery of every window, in sequence and byte by byte");
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private void add(String name, String unit, double value) {
    rows.computeIfAbsent(name, _ -> new Row(unit, new ArrayList<>())).values.add(value);
  }

  private void block() throws IOException, InterruptedException {
    try (SharedRedis redis = SharedRedis.start(Bench.logs(), appendFsync, MAX_SECONDS);
        Pushrod a = node("a", redis);
        Pushrod b = node("b", redis);
        Pushrod c = node("c", redis);
        Readers readers = Readers.start(Bench.logs(), MAX_SECONDS)) {
      Stage stage = new Stage(redis, List.of(a, b, c), readers);
      redisVersion = redis.version();
      Machine before = Machine.now(List.of());
      costs(stage);
      throughput(stage);
      if (memoryTopics > 0) {
        memory(stage);
      }
      foreign.add(Machine.now(List.of()).foreignSince(before));
    }
  }

  private Pushrod node(String name, SharedRedis redis) throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(settings);
    all.addAll(List.of("storage.backend=redis", "storage.redis.url=" + redis.url()));
    return Pushrod.start(
        Bench.root(),
        Bench.logs(),
        new Variant(name, all, List.of(), "0", Variant.Compression.NONE, null),
        new Topics("bench/" + name, topics, 1),
        bytes,
        MAX_SECONDS);
  }

  // What an event costs.

  private void costs(Stage stage) throws IOException, InterruptedException {
    open(stage, stage.nodes.get(1), fan);
    measure(stage, List.of("b"), fan, warmUpSeconds);
    close(stage, "b");
    Cost atNone = measure(stage, List.of(), 0, seconds);
    open(stage, stage.nodes.get(1), 1);
    Cost atOne = measure(stage, List.of("b"), 1, seconds);
    List<Socket> listeners = stage.redis.listeners(LISTENERS);
    Cost heard = measure(stage, List.of("b"), 1, seconds);
    for (Socket listener : listeners) {
      listener.close();
    }
    close(stage, "b");
    open(stage, stage.nodes.get(1), fan);
    Cost atMany = measure(stage, List.of("b"), fan, seconds);
    close(stage, "b");
    open(stage, stage.nodes.get(1), 1);
    Cost again = measure(stage, List.of("b"), 1, seconds);
    close(stage, "b");
    // Before and after, as compilers go on meanwhile.
    double one = (atOne.reader + again.reader) / 2;
    double delivery = (atMany.reader - one) / (fan - 1);
    add("Redis CPU per appended event", "µs", atNone.redis);
    add("Redis CPU per notification to a node", "µs", (heard.redis - atOne.redis) / LISTENERS);
    add("events per append call", "", atNone.perCall);
    add("node CPU per event published there", "µs", atNone.publisher);
    add("node CPU per event received from Redis", "µs", one - delivery);
    add("node CPU per delivery to a connection", "µs", delivery);
  }

  private void open(Stage stage, Pushrod node, int readersPerTopic)
      throws IOException, InterruptedException {
    Topics read = stage.publisher().topics();
    stage.readers.open(node.name(), node.door(Transport.WS, read), topics * readersPerTopic, 0);
  }

  private static void close(Stage stage, String group) throws IOException, InterruptedException {
    stage.readers.close(group);
  }

  /// Publishes at node a for a while, to readers in groups.
  private Cost measure(Stage stage, List<String> groups, int readersPerTopic, int length)
      throws IOException, InterruptedException {
    Load load = new Load(topics, (long) rate * length, rate);
    Pushrod a = stage.publisher();
    for (String group : groups) {
      stage.readers.clear(group);
    }
    Metrics before = a.metrics();
    long redis = CpuClock.nanos(stage.redis.pid());
    long publisher = CpuClock.nanos(a.pid());
    long reader = CpuClock.nanos(stage.nodes.get(1).pid());
    a.drive(load);
    long expected = load.events() * readersPerTopic;
    for (String group : groups) {
      stage.readers.await(group, expected, STRAGGLER_SECONDS);
    }
    double events = load.events() * 1e3;
    Metrics after = a.metrics();
    Cost cost =
        new Cost(
            (CpuClock.nanos(stage.redis.pid()) - redis) / events,
            (CpuClock.nanos(a.pid()) - publisher) / events,
            (CpuClock.nanos(stage.nodes.get(1).pid()) - reader) / events,
            after.since(before, "pushrod_redis_call_records_total")
                / after.since(before, "pushrod_redis_calls_total"));
    for (String group : groups) {
      check(group, stage.readers.healthy(group), expected);
    }
    return cost;
  }

  private static void check(String group, Readers.Seen seen, long expected) {
    if (seen.deliveries() != expected || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "node %s: run is invalid: %,d deliveries (expected: %,d) %s"
              .formatted(group, seen.deliveries(), expected, seen.flaws()));
    }
  }

  // How many there can be.

  private void throughput(Stage stage) throws InterruptedException {
    long cpu = CpuClock.nanos(stage.redis.pid());
    long begin = System.nanoTime();
    double one = publishAll(List.of(stage.publisher()));
    double nanos = System.nanoTime() - begin;
    add("acknowledged events per second, one node", "", one);
    add("Redis CPU at that", "cores", (CpuClock.nanos(stage.redis.pid()) - cpu) / nanos);
    cpu = CpuClock.nanos(stage.redis.pid());
    begin = System.nanoTime();
    double all = publishAll(stage.nodes);
    nanos = System.nanoTime() - begin;
    add("acknowledged events per second, three nodes", "", all);
    add("Redis CPU at that of three", "cores", (CpuClock.nanos(stage.redis.pid()) - cpu) / nanos);
  }

  /// A closed loop at each node, to topics that nobody reads.
  private double publishAll(List<Pushrod> nodes) throws InterruptedException {
    List<CompletableFuture<Double>> rates = new ArrayList<>();
    for (Pushrod node : nodes) {
      CompletableFuture<Double> settled = new CompletableFuture<>();
      rates.add(settled);
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                try {
                  settled.complete(publish(node));
                } catch (InterruptedException | RuntimeException e) {
                  settled.completeExceptionally(e);
                }
              });
    }
    double sum = 0;
    for (CompletableFuture<Double> each : rates) {
      sum += each.join();
    }
    return sum;
  }

  private double publish(Pushrod node) throws InterruptedException {
    String start = "{\"text\":\"";
    byte[] data =
        (start + "x".repeat(Math.max(0, bytes - 100 - start.length())) + "\"}")
            .getBytes(StandardCharsets.US_ASCII);
    PublisherConfig config =
        PublisherConfig.of(node.address().host(), node.address().ingestPort(), "closed-loop")
            .withToken(node::token)
            .withLimits(WINDOW);
    try (Publisher publisher = Publisher.start(config)) {
      long begin = System.nanoTime();
      long end = begin + seconds * 1_000_000_000L;
      long events = 0;
      List<CompletableFuture<Published>> last = new ArrayList<>();
      do {
        last.clear();
        for (int i = 0; i < EVENTS_PER_LOOK; i++) {
          String topic = "bench/closed/" + node.name() + events % topics;
          last.add(publisher.publish(Publication.of(topic, "bench", data)));
          events++;
        }
      } while (System.nanoTime() < end);
      for (CompletableFuture<Published> each : last) {
        Pushrod.settled(each);
      }
      return events * 1e9 / (System.nanoTime() - begin);
    }
  }

  // What a topic takes.

  private void memory(Stage stage) throws IOException, InterruptedException {
    Pushrod b = stage.nodes.get(1);
    int few = memoryTopics / FEWER;
    follow(stage, b, few);
    Footprint before = Footprint.of(b, Bench.logs());
    long redisBefore = stage.redis.usedBytes();
    close(stage, "memory");
    follow(stage, b, memoryTopics);
    Footprint each = Footprint.of(b, Bench.logs()).each(before, memoryTopics - few);
    add("node: live heap per followed topic", "B", each.liveHeapBytes());
    add("node: direct buffers per followed topic", "B", each.directBytes());
    add(
        "Redis: memory per followed topic without events",
        "B",
        (double) (stage.redis.usedBytes() - redisBefore) / (memoryTopics - few));
    look(stage, b);
    close(stage, "memory");
    long empty = stage.redis.usedBytes();
    publishEach(stage, memoryTopics, 1);
    long one = stage.redis.usedBytes();
    publishEach(stage, few, MORE_EVENTS);
    add("Redis: memory per topic's first event", "B", (double) (one - empty) / memoryTopics);
    add(
        "Redis: memory per further event",
        "B",
        (double) (stage.redis.usedBytes() - one) / few / MORE_EVENTS);
  }

  /// What it costs to look after topics in which nothing happens.
  private void look(Stage stage, Pushrod node) throws InterruptedException {
    long redis = CpuClock.nanos(stage.redis.pid());
    long follower = CpuClock.nanos(node.pid());
    long begin = System.nanoTime();
    TimeUnit.SECONDS.sleep(seconds);
    double topicSeconds = (System.nanoTime() - begin) / 1e9 * memoryTopics * 1e3;
    add(
        "Redis CPU per quiet followed topic and second",
        "µs",
        (CpuClock.nanos(stage.redis.pid()) - redis) / topicSeconds);
    add(
        "node CPU per quiet followed topic and second",
        "µs",
        (CpuClock.nanos(node.pid()) - follower) / topicSeconds);
  }

  private void follow(Stage stage, Pushrod node, int count)
      throws IOException, InterruptedException {
    Topics read = new Topics("bench/m", memoryTopics, count / MEMORY_CONNECTIONS);
    stage.readers.open("memory", node.door(Transport.WS, read), MEMORY_CONNECTIONS, 0);
  }

  private void publishEach(Stage stage, int count, int times) throws InterruptedException {
    Topics all = new Topics("bench/m", memoryTopics, 0);
    Pushrod a = stage.publisher();
    try (Publisher publisher = a.publisher("bench-memory")) {
      List<CompletableFuture<Published>> published = new ArrayList<>();
      for (int i = 0; i < count * times; i++) {
        byte[] data = a.shape().data(1, System.nanoTime());
        published.add(publisher.publish(Publication.of(all.name(i % count), "bench", data)));
      }
      for (CompletableFuture<Published> each : published) {
        Pushrod.settled(each);
      }
    }
  }
}
