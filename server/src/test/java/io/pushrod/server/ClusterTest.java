package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.CuttingProxy;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two servers that share a Redis, the second one through a wire that can be cut. A server is gone
/// after half a second of silence; a user leaves a tenth of a second after its last connection.
final class ClusterTest {
  private static final List<String> ALL = List.of("*");

  private final RedisServer redis = RedisServer.start("");
  private final CuttingProxy wire =
      new CuttingProxy(redis.port(), Collections.nCopies(10_000, Integer.MAX_VALUE));

  @RegisterExtension final RunningServer a = server(redis.port());
  @RegisterExtension final RunningServer b = server(wire.port());

  private static RunningServer server(int port) {
    return new RunningServer(
        "storage.backend=redis",
        "storage.redis.url=redis://127.0.0.1:" + port,
        "storage.redis.node_ttl=500ms",
        "storage.redis.timeout=500ms",
        "presence.topics=room/*",
        "presence.leave_delay=100ms",
        "quotas.connections_per_user=3",
        "server.event_loops=2");
  }

  /// Both servers are of one deployment.
  @BeforeEach
  void shareTheSecret() throws IOException {
    var _ = a.token();
    var _ = b.token();
    b.stop();
    Files.copy(
        DevSecret.file(a.dataDir()),
        DevSecret.file(b.dataDir()),
        StandardCopyOption.REPLACE_EXISTING);
    b.start();
    awaitNodes(a, 2);
    awaitNodes(b, 2);
  }

  @AfterEach
  void end() throws IOException {
    wire.close();
    redis.close();
  }

  private static void awaitNodes(RunningServer server, int count) {
    Await.until(count + " nodes", () -> server.scraped("pushrod_cluster_nodes") == count);
  }

  private WsClient ws(RunningServer server, String user) {
    WsClient client =
        server.ws("/v1/ws?token=" + a.token(user, "acme", ALL, ALL, Duration.ofHours(1)));
    assertThat(client.next()).startsWith("{\"op\":\"welcome\"");
    return client;
  }

  /// A connection of a user that reads the room, seen by all.
  private WsClient on(RunningServer server, String user) {
    WsClient client = ws(server, user);
    assertThat(client.subscribe("room/1", "")).startsWith("{\"op\":\"ack\"");
    awaitPresent("\"user\":\"" + user + "\"");
    return client;
  }

  private String presence(RunningServer server) {
    return server
        .send(
            HttpRequest.newBuilder(server.http("/v1/topics/room/1/presence"))
                .header(
                    "Authorization",
                    "Bearer " + a.token("probe", "acme", ALL, ALL, Duration.ofHours(1))))
        .body();
  }

  private void awaitPresent(String what) {
    Await.until(what + " at a", () -> presence(a).contains(what));
    Await.until(what + " at b", () -> presence(b).contains(what));
  }

  /// The next event about this user.
  private static String next(WsClient reader, String type, String user) {
    String event = reader.nextEvent();
    while (!event.contains("\"data\":{\"user\":\"" + user + "\"")) {
      event = reader.nextEvent();
    }
    assertThat(event).contains("\"type\":\"" + type + "\"");
    return event;
  }

  // Presence.

  @Test
  void whoJoinsAtOneServerIsSeenAtTheOther() {
    WsClient ann = on(a, "ann");
    WsClient bob = on(b, "bob");
    next(ann, "presence_join", "bob");
    assertThat(presence(a)).contains("\"users\":2,\"connections\":2").isEqualTo(presence(b));
    bob.send("{\"op\":\"state\",\"id\":7,\"topic\":\"room/1\",\"state\":{\"at\":1}}");
    assertThat(next(ann, "presence_update", "bob")).contains("\"state\":{\"at\":1}");
    bob.close();
    next(ann, "presence_leave", "bob");
    awaitPresent("\"users\":1,\"connections\":1");
  }

  @Test
  void aUserOfTwoServersJoinsOnceAndLeavesOnce() {
    WsClient ann = on(a, "ann");
    WsClient first = on(a, "bob");
    next(ann, "presence_join", "bob");
    WsClient second = on(b, "bob");
    awaitPresent("\"bob\",\"connections\":2");
    first.close();
    awaitPresent("\"bob\",\"connections\":1");
    Await.until("out of a's list", () -> a.scraped("pushrod_presence_members") == 1); // ann alone
    second.close();
    next(ann, "presence_leave", "bob");
    awaitPresent("\"users\":1,\"connections\":1");
  }

  @Test
  void whoWasAtADeadServerLeaves() {
    WsClient ann = on(a, "ann");
    on(b, "bob");
    next(ann, "presence_join", "bob");
    cutOff();
    next(ann, "presence_leave", "bob");
    assertThat(presence(a)).contains("\"users\":1,\"connections\":1");
    reconnect();
    next(ann, "presence_join", "bob");
    awaitPresent("\"users\":2,\"connections\":2");
  }

  /// Takes b's Redis away, until a takes it for gone.
  private void cutOff() {
    wire.target(1);
    wire.cut();
    awaitNodes(a, 1);
  }

  private void reconnect() {
    wire.target(redis.port());
    awaitNodes(a, 2);
  }

  // Limits.

  @Test
  void aUsersConnectionsCountOverAllServers() {
    ws(a, "ann");
    ws(a, "ann");
    WsClient third = ws(b, "ann");
    Await.until("a knows", () -> !admits(a));
    assertThat(admits(b)).isFalse();
    third.close();
    Await.until("a place again", () -> admits(a));
  }

  @Test
  void aDeadServersConnectionsCountNoMore() {
    for (int i = 0; i < 3; i++) {
      ws(b, "ann");
    }
    Await.until("a knows", () -> !admits(a));
    cutOff();
    Await.until("a place again", () -> admits(a));
  }

  private boolean admits(RunningServer server) {
    WsClient client =
        server.ws("/v1/ws?token=" + a.token("ann", "acme", ALL, ALL, Duration.ofHours(1)));
    try {
      client.send("{\"op\":\"ping\",\"id\":1}");
    } catch (CompletionException e) {
      return false; // it is closed already
    }
    String second = client.next();
    while (second.startsWith("{\"op\":\"welcome\"")) {
      second = client.next();
    }
    client.close();
    return !second.contains("too_many_connections");
  }

  // Kill switches and revocations.

  private HttpResponse<String> switchOff(RunningServer at, String user) {
    return at.send(
        HttpRequest.newBuilder(at.http("/kill-switches/user/" + user))
            .header("Authorization", "Bearer " + a.roleToken("root", "owner"))
            .PUT(HttpRequest.BodyPublishers.noBody()));
  }

  @Test
  void aKillSwitchClosesWhatIsOpenAtTheOtherServer() {
    WsClient bob = ws(b, "bob");
    assertThat(switchOff(a, "bob").statusCode()).isBetween(200, 201);
    assertThat(bob.next()).contains("\"reason\":\"kill_switch\"");
    b.stop();
    b.start();
    assertThat(second(b, a.token("bob", "acme", ALL, ALL, Duration.ofHours(1))))
        .contains("\"reason\":\"kill_switch\"");
  }

  @Test
  void aRevocationClosesWhatIsOpenAtTheOtherServer() {
    String token = a.token("bob", "acme", ALL, ALL, Duration.ofHours(1));
    WsClient bob = ws(b, "bob");
    assertThat(new Admin(a).revoke("{'tenant':'acme','user':'bob'}").statusCode()).isEqualTo(201);
    assertThat(bob.next()).contains("\"reason\":\"token_revoked\"");
    b.stop();
    b.start();
    assertThat(new Admin(b).revocations().body()).contains("\"user\":\"bob\"");
    assertThat(second(b, token)).contains("\"reason\":\"token_revoked\"");
  }

  /// What a server says behind the welcome.
  private static String second(RunningServer server, String token) {
    WsClient client = server.ws("/v1/ws?token=" + token);
    assertThat(client.next()).startsWith("{\"op\":\"welcome\"");
    return client.next();
  }

  @Test
  void aKillSwitchThatIsSetWhileRedisIsAwayHoldsHereAndLaterThere() {
    WsClient bob = ws(b, "bob");
    WsClient bobAtA = ws(a, "bob");
    redis.kill();
    assertThat(switchOff(a, "bob").statusCode()).isEqualTo(500);
    assertThat(word(bobAtA)).contains("\"reason\":\"kill_switch\"");
    redis.begin();
    assertThat(word(bob)).contains("\"reason\":\"kill_switch\"");
  }

  /// The next thing that is not about the Redis.
  private static String word(WsClient client) {
    String text = client.next();
    while (text.contains("\"op\":\"degraded\"") || text.contains("\"op\":\"restored\"")) {
      text = client.next();
    }
    return text;
  }
}
