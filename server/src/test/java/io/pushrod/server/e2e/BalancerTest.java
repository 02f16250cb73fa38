package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.server.PushServer;
import io.pushrod.server.config.Assignment;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.e2e.ThreeNodes.Balancer;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.PollingClient;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What HAProxy and nginx do to clients of Pushrod, with the example's files. The nodes keep topics
/// in memory here: what they share is another test's matter.
@Timeout(120)
final class BalancerTest {
  // Columns of HAProxy's view.
  private static final int SERVER = 1;
  private static final int STATUS = 17;
  private static final int CHECK_STATUS = 36;

  /// Instead of the 75 s of the files.
  private static String impatient(String text) {
    return text.replace("75s", "2s");
  }

  @TempDir Path folder;

  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<PushServer> nodes = new ArrayList<>();

  /// The names of the nodes that listen.
  private final Set<String> there = new HashSet<>();

  private @Nullable ThreeNodes cluster;

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }

  // What there is.

  private void begin(UnaryOperator<String> change) throws IOException {
    cluster = new ThreeNodes(folder, change);
    open.add(cluster);
  }

  private ThreeNodes cluster() {
    return Objects.requireNonNull(cluster);
  }

  /// Nodes a, b and c, as many of them, in this process.
  private void startNodes(int count, String... settings) throws IOException {
    for (String address : ThreeNodes.ADDRESSES.subList(0, count)) {
      startNode(address, settings);
    }
  }

  private void startNode(String address, String... settings) throws IOException {
    List<Assignment> all =
        Stream.of(
                cluster().listens(address).stream(),
                Stream.of("storage.backend=memory", "drain.delay=0s", "drain.window=0s"),
                Stream.of("data_dir=" + folder.resolve(address), "drain.timeout=250ms"),
                Stream.of(settings))
            .flatMap(each -> each)
            .map(Assignment::parse)
            .toList();
    nodes.add(PushServer.start(ServerConfig.load(cluster().config(), all, false)));
    open.add(nodes.getLast());
    there.add(name(ThreeNodes.ADDRESSES.indexOf(address)));
  }

  private static String name(int node) {
    return "abc".substring(node, node + 1);
  }

  private static HttpClient http(String from) throws IOException {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .localAddress(InetAddress.getByName(from))
        .build();
  }

  private WsClient ws(String from) throws IOException {
    WsClient client = new WsClient(http(from), cluster().http("/v1/ws?token=" + cluster().token()));
    open.add(client);
    return client;
  }

  private SseClient sse(String topic) throws IOException {
    SseClient client =
        new SseClient(
            http("127.0.0.1"),
            cluster()
                .http("/v1/sse?after=earliest&topic=" + topic + "&token=" + cluster().token()));
    open.add(client);
    return client;
  }

  private HttpResponse<String> publish(String topic, int number) throws Exception {
    return http("127.0.0.1")
        .send(
            HttpRequest.newBuilder(cluster().http("/v1/publish"))
                .header("Authorization", "Bearer " + cluster().token())
                .POST(
                    BodyPublishers.ofString(
                        "{\"topic\":\"%s\",\"type\":\"note\",\"data\":{\"n\":%d}}"
                            .formatted(topic, number)))
                .build(),
            BodyHandlers.ofString());
  }

  /// Starts a balancer, and waits until it knows which of its nodes are there: HAProxy takes all of
  /// them for up before its first checks. nginx finds out as it goes.
  private PushrodProcess balance(Balancer balancer) {
    PushrodProcess process = cluster().start(balancer);
    if (balancer == Balancer.HAPROXY) {
      process.await("knows that there are " + there, this::isWellInformed);
    }
    return process;
  }

  private boolean isWellInformed() {
    List<String[]> servers =
        status()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split(",", -1))
            .filter(row -> row.length > CHECK_STATUS && row[SERVER].length() == 1)
            .toList();
    return !servers.isEmpty()
        && servers.stream()
            .allMatch(
                row ->
                    !row[CHECK_STATUS].endsWith("INI")
                        && row[STATUS].startsWith("UP") == there.contains(row[SERVER]));
  }

  // Tests.

  @ParameterizedTest
  @EnumSource
  void passesEverythingOnToTheNodesThatAreThere(Balancer balancer) throws Exception {
    begin(UnaryOperator.identity());
    startNodes(1);
    balance(balancer);
    WsClient socket = ws("127.0.0.1");
    assertThat(socket.subscribe("t", "")).contains("\"ack\"");
    SseClient stream = sse("t");
    for (int i = 1; i <= 6; i++) {
      HttpResponse<String> answer = publish("t", i);
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
    PublisherConfig config = PublisherConfig.of("127.0.0.1", cluster().port("7400"), "p");
    try (Publisher publisher = Publisher.start(config.withToken(cluster()::token))) {
      assertThat(
              publisher
                  .publish(Publication.of("t", "note", "{\"n\":7}"))
                  .get(20, TimeUnit.SECONDS)
                  .sequence())
          .isEqualTo(7);
    }
    assertThat(socket.nextEvents(7).getLast()).contains("\"seq\":7", "\"data\":{\"n\":7}");
    assertThat(stream.nextEvents(7).getLast().data()).contains("\"seq\":7", "\"data\":{\"n\":7}");
  }

  @ParameterizedTest
  @EnumSource
  void tellsTheNodesWhoTheClientIs(Balancer balancer) throws Exception {
    begin(UnaryOperator.identity());
    startNodes(1, "quotas.connections_per_address=1");
    balance(balancer);
    assertThat(ws("127.0.0.21").next()).contains("\"welcome\"");
    assertThat(ws("127.0.0.22").next()).contains("\"welcome\"");
    assertThat(ws("127.0.0.21").closeCode()).isEqualTo(4006);
  }

  @ParameterizedTest
  @EnumSource
  void keepsAPollingSessionAtItsNode(Balancer balancer) throws Exception {
    begin(UnaryOperator.identity());
    startNodes(3);
    balance(balancer);
    for (int i = 0; i < 5; i++) {
      PollingClient session =
          new PollingClient(
              http("127.0.0." + (30 + i)), cluster().http("/socket.io/?EIO=4&transport=polling"));
      for (int turn = 1; turn <= 4; turn++) {
        String connect = "40/v1,{\"token\":\"" + cluster().token() + "\"}";
        HttpResponse<String> answer = session.post(turn == 1 ? connect : "42/v1,1[\"ping\",{}]");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        assertThat(session.packets()).isNotEmpty();
      }
    }
    assertThat(nodes.stream().filter(node -> count(node, Counter.SOCKETIO_SESSIONS_OPENED) > 0))
        .as("nodes with sessions")
        .hasSizeGreaterThan(1);
  }

  private static long count(PushServer node, Counter counter) {
    return node.metrics().total(counter);
  }

  @Test
  void holdsAClientWithCookiesByItsCookie() throws Exception {
    begin(UnaryOperator.identity());
    startNodes(3);
    balance(Balancer.HAPROXY);
    HttpResponse<String> first = handshake("none");
    assertThat(first.headers().firstValue("set-cookie").orElse(""))
        .matches("pushrod_node=[abc]; path=/; HttpOnly.*");
    for (int node = 0; node < 3; node++) {
      long before = count(nodes.get(node), Counter.SOCKETIO_SESSIONS_OPENED);
      assertThat(handshake("pushrod_node=" + "abc".charAt(node)).statusCode()).isEqualTo(200);
      assertThat(count(nodes.get(node), Counter.SOCKETIO_SESSIONS_OPENED)).isEqualTo(before + 1);
    }
  }

  private HttpResponse<String> handshake(String cookie) throws Exception {
    return http("127.0.0.1")
        .send(
            HttpRequest.newBuilder(cluster().http("/socket.io/?EIO=4&transport=polling"))
                .header("Cookie", cookie)
                .build(),
            BodyHandlers.ofString());
  }

  @ParameterizedTest
  @EnumSource
  void keepsQuietStreamsOpenAsLongAsHeartbeatsCome(Balancer balancer) throws Exception {
    begin(BalancerTest::impatient);
    startNodes(1, "heartbeat.sse_comment=250ms", "heartbeat.ws_ping=750ms");
    balance(balancer);
    WsClient socket = ws("127.0.0.1");
    socket.subscribe("t", "");
    SseClient stream = sse("t");
    // Some 3 s of both: each is silent for longer than the balancer's 2 s but for these.
    long before = count(nodes.getFirst(), Counter.HEARTBEATS_SENT);
    Await.until(
        "heartbeats", () -> count(nodes.getFirst(), Counter.HEARTBEATS_SENT) >= before + 16);
    assertThat(publish("t", 1).statusCode()).isEqualTo(200);
    assertThat(socket.nextEvent()).contains("\"n\":1");
    assertThat(stream.nextEvent().data()).contains("\"n\":1");
  }

  @ParameterizedTest
  @EnumSource
  void cutsAStreamWithoutHeartbeats(Balancer balancer) throws Exception {
    begin(BalancerTest::impatient);
    startNodes(1, "heartbeat.sse_comment=1h", "heartbeat.ws_ping=1h");
    balance(balancer);
    WsClient socket = ws("127.0.0.1");
    SseClient stream = sse("t");
    assertThat(stream.next().data()).contains("\"welcome\"");
    assertThat(stream.ends()).isTrue();
    assertThat(socket.closeCode()).isEqualTo(1006);
  }

  @Test
  void takesANodeOutThatIsNotReadyAndLeavesItsStreamsToIt() throws Exception {
    begin(UnaryOperator.identity());
    PushrodProcess leaving =
        cluster().startNode(0, "storage.backend=memory", "drain.delay=10m", "drain.timeout=20m");
    leaving.awaitText("admin=");
    there.add(name(0));
    PushrodProcess balancer = balance(Balancer.HAPROXY);
    WsClient socket = ws("127.0.0.1");
    assertThat(socket.subscribe("t", "")).contains("\"ack\"");

    leaving.signal("TERM");
    leaving.awaitText("draining:");
    balancer.await("a is down", () -> !isUp("nodes,a") && !isUp("polling,a") && !isUp("ingest,a"));
    assertThat(sse("t").next().data())
        .as("better a node that is not ready than none")
        .contains("\"welcome\"");
    startNode(ThreeNodes.ADDRESSES.get(1));
    startNode(ThreeNodes.ADDRESSES.get(2));
    balancer.await("b and c are up", () -> isUp("nodes,b") && isUp("nodes,c"));

    List<SseClient> streams = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      streams.add(sse("t"));
      assertThat(streams.getLast().next().data()).contains("\"welcome\"");
    }
    assertThat(nodes.stream().mapToLong(node -> count(node, Counter.SUBSCRIPTIONS_OPENED)).sum())
        .as("new streams go to the others")
        .isEqualTo(6);
    assertThat(socket.send("{\"op\":\"ping\",\"id\":9}").nextReply())
        .as("what was open goes on")
        .contains("\"ack\"");
    leaving.signal("TERM");
    assertThat(leaving.exitCode()).isEqualTo(128 + 15);
    assertThat(socket.closeCode()).isEqualTo(1006);
  }

  private boolean isUp(String server) {
    return status()
        .lines()
        .filter(line -> line.startsWith(server + ','))
        .anyMatch(line -> line.split(",", -1)[STATUS].startsWith("UP"));
  }

  /// HAProxy's own view: a line a server, as its manual says (9.1, the CSV format).
  private String status() {
    Path socket = folder.resolve("cluster/haproxy.sock");
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap("show stat\n".getBytes(StandardCharsets.US_ASCII)));
      ByteBuffer answer = ByteBuffer.allocate(64 * 1024);
      while (channel.read(answer) >= 0) {
        // to the end
      }
      return new String(answer.array(), 0, answer.position(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return "";
    }
  }
}
