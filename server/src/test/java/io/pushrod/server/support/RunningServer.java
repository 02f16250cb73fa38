package io.pushrod.server.support;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.PushServer;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenMinter;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunStart;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Starts a server in development mode before each test and stops it after.
///
///     @RegisterExtension RunningServer server = new RunningServer("limits.event_bytes=1KiB");
///
/// `-Dpushrod.test.settings=server.fanout=ring,…` runs all that use it with other settings, and
/// `-Dpushrod.test.backend=disk` or `redis` with their topics elsewhere.
public final class RunningServer implements BeforeEachCallback, AfterEachCallback {
  private static final List<String> MORE =
      Stream.of(System.getProperty("pushrod.test.settings", "").split(","))
          .filter(setting -> !setting.isEmpty())
          .toList();

  private final List<String> common = new ArrayList<>();
  private List<String> settings = List.of();
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final List<AutoCloseable> clients = new ArrayList<>();
  private @Nullable Path data;
  private @Nullable PushServer server;

  /// @param settings `key=value` as on the command line
  public RunningServer(String... settings) {
    common.addAll(List.of("http.port=0", "ingest.port=0", "admin.port=0"));
    common.addAll(List.of("drain.window=0s", "drain.timeout=250ms"));
    common.addAll(MORE);
    common.addAll(List.of(settings));
  }

  @Override
  public void beforeEach(ExtensionContext context) throws IOException {
    data = Files.createTempDirectory("pushrod-test");
    settings = new ArrayList<>(common);
    settings.addAll(Backend.present().settings(data));
    settings.add("data_dir=" + data);
    start();
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (AutoCloseable client : clients) {
      client.close();
    }
    clients.clear();
    stop();
    try (Stream<Path> files = Files.walk(dataDir())) {
      files.sorted(Comparator.reverseOrder()).forEach(RunningServer::delete);
    }
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Starts it again after [#stop], with fresh ports and the same data folder.
  public void start() {
    server = PushServer.start(ServerConfig.with(true, settings.toArray(String[]::new)));
  }

  /// Starts it anew with more settings, for this test only.
  public void restart(String... more) {
    stop();
    settings.addAll(List.of(more));
    start();
  }

  /// Starts it anew with more settings and with nothing stored, for this test only.
  public void restartEmpty(String... more) {
    stop();
    settings.addAll(Backend.present().settings(dataDir().resolve("anew")));
    settings.addAll(List.of(more));
    start();
  }

  /// What the repetition of an event with this sequence may be answered: a Redis knows that it is
  /// there, and no longer where.
  public static List<Long> repeated(long sequence) {
    return Backend.present() == Backend.REDIS ? List.of(sequence, 0L) : List.of(sequence);
  }

  /// What has topics keep so many events, wherever they are kept, among other settings.
  public static String[] retaining(int events, String... more) {
    List<String> all =
        new ArrayList<>(
            List.of("retention.events=" + events, "storage.redis.max_events_per_run=" + events));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  public void stop() {
    if (server != null) {
      server.close();
      server = null;
    }
  }

  public PushServer server() {
    if (server == null) {
      throw new IllegalStateException("server: stopped (expected: running)");
    }
    return server;
  }

  public Path dataDir() {
    if (data == null) {
      throw new IllegalStateException("data folder: none (expected: a running test)");
    }
    return data;
  }

  public URI http(String path) {
    return URI.create("http://127.0.0.1:" + server().httpPort() + path);
  }

  public URI admin(String path) {
    return URI.create("http://127.0.0.1:" + server().adminPort() + path);
  }

  public long count(Counter counter) {
    return server().metrics().total(counter);
  }

  // Tokens.

  /// Of tenant `acme`, user `ann`, for every topic, reading and writing.
  public String token() {
    return token("acme", List.of("*"), List.of("*"), Duration.ofHours(1));
  }

  public String token(String tenant, List<String> topics, List<String> publish, Duration ttl) {
    return token("ann", tenant, topics, publish, ttl);
  }

  public String token(
      String user, String tenant, List<String> topics, List<String> publish, Duration ttl) {
    TokenMinter minter = DevSecret.loadOrCreate(dataDir()).minter();
    return minter.mint(
        new TokenRequest(tenant, user, List.of(), topics, publish, List.of(), List.of(), ttl),
        ServerConfig.defaults(true).auth().claims(),
        Instant.now());
  }

  /// Of tenant `acme`, for no topic but those that its roles open.
  public String roleToken(String user, String... roles) {
    TokenMinter minter = DevSecret.loadOrCreate(dataDir()).minter();
    return minter.mint(
        new TokenRequest(
            "acme",
            user,
            List.of(roles),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            Duration.ofHours(1)),
        ServerConfig.defaults(true).auth().claims(),
        Instant.now());
  }

  /// Of tenant `acme`, for every topic and every inbox.
  public String workerToken() {
    return workerToken(List.of("*"), List.of("*"));
  }

  public String workerToken(List<String> publish, List<String> own) {
    TokenMinter minter = DevSecret.loadOrCreate(dataDir()).minter();
    return minter.mint(
        new TokenRequest(
            "acme", "", List.of(), List.of(), publish, own, List.of(), Duration.ofHours(1)),
        ServerConfig.defaults(true).auth().claims(),
        Instant.now());
  }

  /// Starts a run of user `ann`, of tenant `acme`, and waits until it is there.
  public void startRun(String agent, String id, String input) {
    Identity ann =
        new Identity(
            "acme",
            "ann",
            Set.of(),
            Grants.NONE,
            Grants.NONE,
            Grants.NONE,
            Set.of(),
            0,
            Long.MAX_VALUE,
            "");
    CompletableFuture<RunAnswer> answer = new CompletableFuture<>();
    server()
        .desks()
        .start(new RunStart(ann, agent, id, null, List.of(), "", false, input), answer::complete);
    if (!(answer.orTimeout(10, TimeUnit.SECONDS).join() instanceof RunAnswer.Done)) {
      throw new AssertionError("run: " + answer.join());
    }
  }

  // Clients.

  /// An open WebSocket whose welcome has been read.
  public WsClient ws() {
    return ws("/v1/ws?token=" + token());
  }

  public WsClient ws(String path) {
    WsClient client = new WsClient(http, http(path));
    clients.add(client);
    return client;
  }

  /// A session of Engine.IO over polling.
  public PollingClient polling() {
    return new PollingClient(http, http("/socket.io/?EIO=4&transport=polling"));
  }

  /// A WebSocket of Engine.IO.
  ///
  /// @param sid of a session to take over; empty to open one, whose first packet is read
  public RawWs engineWs(String sid) {
    String path = "/socket.io/?EIO=4&transport=websocket";
    RawWs client = rawWsAt(sid.isEmpty() ? path : path + "&sid=" + sid, 0, new byte[0]);
    if (sid.isEmpty() && !client.nextText().startsWith("0{\"sid\":")) {
      throw new AssertionError("open packet: none");
    }
    return client;
  }

  /// An open event stream; its first frame is still to be read.
  public SseClient sse(String query, String... headers) {
    SseClient client = new SseClient(http, http("/v1/sse?token=" + token() + "&" + query), headers);
    clients.add(client);
    return client;
  }

  /// An event stream with exactly this path and query.
  public SseClient sseAt(String path, String... headers) {
    SseClient client = new SseClient(http, http(path), headers);
    clients.add(client);
    return client;
  }

  /// A WebSocket of the user's own token that reads only when asked to; its welcome has been read.
  public RawWs rawWs() {
    return rawWs(0);
  }

  /// The same with a small window, so that it soon pushes back.
  public RawWs rawWs(int receiveBufferBytes, String... headers) {
    RawWs client = rawWsAt("/v1/ws?token=" + token(), receiveBufferBytes, new byte[0], headers);
    if (!client.nextText().startsWith("{\"op\":\"welcome\"")) {
      throw new AssertionError("welcome: none");
    }
    return client;
  }

  /// A WebSocket of which nothing has been read but the answer to the upgrade.
  ///
  /// @param behind is sent in one piece with the upgrade
  public RawWs rawWsAt(String path, int receiveBufferBytes, byte[] behind, String... headers) {
    RawWs client = new RawWs(server().httpPort(), path, receiveBufferBytes, behind, headers);
    clients.add(client);
    return client;
  }

  /// A socket to the public port.
  public RawClient raw(int receiveBufferBytes) {
    RawClient client = new RawClient(server().httpPort(), receiveBufferBytes);
    clients.add(client);
    return client;
  }

  /// Publishes one event over HTTP.
  ///
  /// @return its cursor; empty for a signal
  public String publish(String topic, String type, String data) {
    HttpResponse<String> answer =
        post(
            "/v1/publish",
            "{\"topic\":\"" + topic + "\",\"type\":\"" + type + "\",\"data\":" + data + "}");
    if (answer.statusCode() != 200) {
      throw new AssertionError("publish: " + answer.statusCode() + " " + answer.body());
    }
    return answer.body().contains("\"id\"") ? Json.text(answer.body(), "id") : "";
  }

  /// Publishes `count` events in one request.
  ///
  /// @param event of a number from 0, as a JSON object
  public void publishAll(int count, IntFunction<String> event) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < count; i++) {
      lines.append(event.apply(i)).append('\n');
    }
    publishLines(lines.toString());
  }

  private void publishLines(String lines) {
    HttpResponse<String> answer = postLines(lines);
    if (answer.statusCode() != 200 || answer.body().contains("error")) {
      throw new AssertionError("publish: " + answer.statusCode() + " " + answer.body());
    }
  }

  /// Posts NDJSON to `/v1/publish`.
  public HttpResponse<String> postLines(String lines) {
    return send(
        HttpRequest.newBuilder(http("/v1/publish"))
            .header("Authorization", "Bearer " + token())
            .header("Content-Type", "application/x-ndjson")
            .POST(HttpRequest.BodyPublishers.ofString(lines)));
  }

  /// Publishes `token_chunk`s with the texts `t<first>` to `t<last>` in one request.
  public void publishTokens(String topic, int first, int last) {
    StringBuilder lines = new StringBuilder();
    for (int i = first; i <= last; i++) {
      lines
          .append("{\"topic\":\"" + topic + "\",\"type\":\"token_chunk\",\"run_id\":\"r1\",")
          .append("\"data\":{\"text\":\"t" + i + "\"}}\n");
    }
    publishLines(lines.toString());
  }

  public HttpResponse<String> post(String path, String body) {
    return send(
        HttpRequest.newBuilder(http(path))
            .header("Authorization", "Bearer " + token())
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public HttpResponse<String> fetch(String path) {
    return send(HttpRequest.newBuilder(http(path)).header("Authorization", "Bearer " + token()));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(
          request.timeout(Duration.ofSeconds(10)).build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Waits until this is the oldest event of a topic: a store may trim a moment after it has told
  /// of an event.
  public void awaitFirst(String topic, long sequence) {
    Await.until(
        "first " + sequence,
        () ->
            Json.number(fetch("/v1/topics/" + topic + "/events?limit=1").body(), "first")
                == sequence);
  }

  /// Waits until a counter has at least this value.
  public void awaitCount(Counter counter, long atLeast) {
    Await.until(counter + " >= " + atLeast, () -> count(counter) >= atLeast);
  }

  /// What the admin port says about readiness.
  public String ready() {
    return send(HttpRequest.newBuilder(admin("/readyz"))).body();
  }

  /// The status with which it says so.
  public int fetchReady() {
    return send(HttpRequest.newBuilder(admin("/readyz"))).statusCode();
  }

  /// How many connections ended for this reason, as it is scraped.
  public long closed(Transport transport, CloseReason reason) {
    return scraped(
        "pushrod_connections_closed_total{reason=\""
            + reason.label()
            + "\",transport=\""
            + transport.label()
            + "\"}");
  }

  /// How often a limit was reached, as it is scraped.
  public long limitHits(String limit) {
    return scraped("pushrod_limit_hits_total{limit=\"" + limit + "\"}");
  }

  /// The value of one metric's line, as it is scraped.
  public long scraped(String line) {
    String value = scrape().get(line);
    if (value == null) {
      throw new AssertionError("metric: no " + line);
    }
    return (long) Double.parseDouble(value);
  }

  /// All metrics by name and labels, such as `pushrod_gaps_total{reason="trimmed"}`.
  public Map<String, String> scrape() {
    HttpResponse<String> answer = send(HttpRequest.newBuilder(admin("/metrics")));
    return answer
        .body()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .collect(
            java.util.stream.Collectors.toMap(
                line -> line.substring(0, line.lastIndexOf(' ')),
                line -> line.substring(line.lastIndexOf(' ') + 1)));
  }
}
