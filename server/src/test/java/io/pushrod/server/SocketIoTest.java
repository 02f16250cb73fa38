package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.PollingClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The namespace `/v1`: the native dialect for clients of the socket.io libraries.
@Tag("acceptance")
class SocketIoTest {
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");
  private static final Pattern OFFSET = Pattern.compile(",\"([^\"]*)\"\\]$");

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=3");

  private RawWs joined() {
    RawWs socket = server.engineWs("");
    socket.send("40/v1,{\"token\":\"" + server.token() + "\"}");
    assertThat(socket.nextText()).startsWith("40/v1,{\"sid\":\"");
    return socket;
  }

  private static String subscribed(RawWs socket, String topic) {
    socket.send("42/v1,1[\"subscribe\",{\"topic\":\"" + topic + "\"}]");
    String ack = socket.nextText();
    assertThat(ack).startsWith("43/v1,1[{\"op\":\"ack\",\"topic\":\"" + topic + "\",\"cursor\":");
    return ack;
  }

  private void publish(String topic, int from, int to) {
    server.publishAll(
        to - from + 1,
        i ->
            "{\"topic\":\""
                + topic
                + "\",\"type\":\"custom:n\",\"data\":{\"n\":"
                + (from + i)
                + "}}");
  }

  private static List<Integer> numbers(List<String> packets) {
    List<Integer> numbers = new ArrayList<>();
    for (String packet : packets) {
      Matcher found = NUMBER.matcher(packet);
      if (packet.startsWith("42/v1,[\"custom:n\",") && found.find()) {
        numbers.add(Integer.parseInt(found.group(1)));
      }
    }
    return numbers;
  }

  private static List<Integer> range(int from, int to) {
    return IntStream.rangeClosed(from, to).boxed().toList();
  }

  private static List<String> next(RawWs socket, int count) {
    return IntStream.range(0, count).mapToObj(_ -> socket.nextText()).toList();
  }

  private static String offset(String packet) {
    Matcher found = OFFSET.matcher(packet);
    assertThat(found.find()).as(packet).isTrue();
    return found.group(1);
  }

  // Joining.

  @Test
  void joinsWithATokenInTheQuery() {
    RawWs socket =
        server.rawWsAt(
            "/socket.io/?EIO=4&transport=websocket&token=" + server.token(), 0, new byte[0]);
    assertThat(socket.nextText()).startsWith("0{");
    assertThat(socket.send("40/v1,").nextText()).startsWith("40/v1,{\"sid\":");
  }

  @Test
  void isRefusedWithoutAToken() {
    RawWs socket = server.engineWs("");
    assertThat(socket.send("40/v1,").nextText())
        .isEqualTo("44/v1,{\"message\":\"unauthenticated\"}");
    assertThat(socket.send("40/v1,{\"token\":\"x\"}").nextText())
        .isEqualTo("44/v1,{\"message\":\"unauthenticated\"}");
  }

  @Test
  void isRefusedWhenItsUserHasTooManyConnections() throws IOException {
    server.restart("quotas.connections_per_user=1");
    RawWs first = joined();
    RawWs second = server.engineWs("");
    second.send("40/v1,{\"token\":\"" + server.token() + "\"}");
    assertThat(second.nextText()).isEqualTo("44/v1,{\"message\":\"too_many_connections\"}");
    first.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "4abc",
        "42/v1,{}",
        "42/v1,[]",
        "42/v1,abc[\"ping\"]",
        "42/v1,[\"connect\"]",
        "40/v1,",
        "44/v1,{}",
        "42[\"ping\"]",
        "41/other,",
        "452-/v1,[\"ping\"]\u00004",
        "4511-/v1,[\"ping\"]"
      })
  void closesAConnectionThatBreaksTheProtocol(String packet) {
    RawWs socket = joined();
    for (String each : packet.split("\u0000", -1)) {
      socket.send(each);
    }
    assertThat(socket.closeCode()).isEqualTo(1002);
  }

  @Test
  void closesAConnectionWithEventsBeforeItJoined() {
    assertThat(server.engineWs("").send("42[\"a\"]").closeCode()).isEqualTo(1002);
  }

  @Test
  void closesAConnectionWhoseAttachmentsAreTooLarge() {
    server.restart("socketio.attachment_bytes=1KiB");
    RawWs socket = joined();
    socket.send("451-/v1,[\"ping\",{\"_placeholder\":true,\"num\":0}]");
    socket.send(RawWs.masked(RawWs.FIN | RawWs.BINARY, new byte[1025]));
    assertThat(socket.closeCode()).isEqualTo(1002);
    assertThat(server.limitHits("socketio_attachments")).isEqualTo(1);
  }

  @Test
  void leavesANamespaceAndJoinsItAgain() {
    RawWs socket = joined();
    socket.send("41/v1,").send("40/v1,{\"token\":\"" + server.token() + "\"}");
    assertThat(socket.nextText()).startsWith("40/v1,{\"sid\":");
  }

  // Commands.

  @Test
  void answersCommandsByAcks() {
    RawWs socket = joined();
    assertThat(socket.send("42/v1,7[\"ping\"]").nextText()).isEqualTo("43/v1,7[{\"op\":\"ack\"}]");
    assertThat(socket.send("42/v1,8[\"ping\",{\"id\":5}]").nextText())
        .isEqualTo("43/v1,8[{\"op\":\"ack\",\"id\":5}]");
    assertThat(socket.send("42/v1,9[\"dance\",{}]").nextText())
        .startsWith("43/v1,9[{\"op\":\"error\",\"code\":\"unknown_op\"");
    assertThat(socket.send("42/v1,10[\"ping\",1]").nextText())
        .startsWith("43/v1,10[{\"op\":\"error\",\"code\":\"bad_request\"");
    assertThat(
            socket
                .send(
                    "42/v1,11[\"publish\",{\"topic\":\"job/a\",\"type\":\"custom:n\",\"data\":{\"n\":1}}]")
                .nextText())
        .startsWith("43/v1,11[{\"op\":\"ack\",\"published\":[{\"id\":");
    assertThat(socket.send("42/v1,12[\"history\",{\"topic\":\"job/a\"}]").nextText())
        .contains("\"n\":1");
    subscribed(socket, "job/a");
    assertThat(socket.send("42/v1,13[\"unsubscribe\",{\"topic\":\"job/a\"}]").nextText())
        .isEqualTo("43/v1,13[{\"op\":\"ack\",\"topic\":\"job/a\"}]");
  }

  @Test
  void deliversAnEventUnderItsTypeWithItsOffsetLast() {
    RawWs socket = joined();
    subscribed(socket, "job/a");
    String cursor = server.publish("job/a", "custom:n", "{\"n\":1}");
    String packet = socket.nextText();
    assertThat(packet)
        .startsWith("42/v1,[\"custom:n\",{\"id\":\"" + cursor + "\",")
        .endsWith("},\"job/a=" + cursor + "\"]");
  }

  @Test
  void prefixesTypesThatAreReserved() {
    RawWs socket = joined();
    subscribed(socket, "job/a");
    server.publish("job/a", "disconnect", "{}");
    assertThat(socket.nextText()).startsWith("42/v1,[\"event:disconnect\",{");
  }

  @Test
  void namesAllTopicsInAnOffset() {
    RawWs socket = joined();
    socket.send("42/v1,1[\"subscribe\",{\"topic\":\"job/a\"}]");
    socket.send("42/v1,2[\"subscribe\",{\"topic\":\"job/b\"}]");
    assertThat(next(socket, 2)).allMatch(ack -> ack.contains("\"op\":\"ack\""));
    String first = server.publish("job/a", "custom:n", "{\"n\":1}");
    String second = server.publish("job/b", "custom:n", "{\"n\":2}");
    assertThat(offset(next(socket, 2).getLast()).split(","))
        .containsExactlyInAnyOrder("job/a=" + first, "job/b=" + second);
  }

  @Test
  void deliversByPollsWhatTheyHadNoRoomFor() {
    PollingClient client = server.polling();
    client.post("40/v1,{\"token\":\"" + server.token() + "\"}");
    client.post("42/v1,1[\"subscribe\",{\"topic\":\"job/a\"}]");
    assertThat(client.messages(2).getLast()).startsWith("43/v1,1[");
    publish("job/a", 1, 3_000);
    assertThat(client.packets()).hasSize(16);
    assertThat(numbers(client.messages(2_984))).isEqualTo(range(17, 3_000));
    assertThat(server.count(Counter.SOCKET_PUSHBACKS)).isPositive();
  }

  @Test
  void losesAndDoublesNothingAtAnUpgrade() {
    PollingClient client = server.polling();
    client.post("40/v1,{\"token\":\"" + server.token() + "\"}");
    client.post("42/v1,1[\"subscribe\",{\"topic\":\"job/a\"}]");
    List<String> got = new ArrayList<>(client.messages(2));
    CompletableFuture<Void> publishing =
        CompletableFuture.runAsync(
            () -> IntStream.range(0, 200).forEach(i -> publish("job/a", 10 * i + 1, 10 * i + 10)));
    got.addAll(client.messages(100));
    RawWs socket = server.engineWs(client.sid());
    assertThat(socket.send("2probe").nextText()).isEqualTo("3probe");
    got.addAll(client.packets());
    socket.send("5");
    while (numbers(got).size() < 2_000) {
      got.add(socket.nextText());
    }
    publishing.join();
    assertThat(numbers(got)).isEqualTo(range(1, 2_000));
  }

  // Coming back.

  private RawWs back(String token, String pid, String offset) {
    RawWs socket = server.engineWs("");
    socket.send(
        "40/v1,{\"pid\":\""
            + pid
            + "\",\"offset\":\""
            + offset
            + "\",\"token\":\""
            + token
            + "\"}");
    return socket;
  }

  private record Was(RawWs socket, String sid, String pid) {}

  private Was was() {
    RawWs socket = server.engineWs("");
    socket.send("40/v1,{\"token\":\"" + server.token() + "\"}");
    String connect = socket.nextText();
    String json = connect.substring(connect.indexOf('{'));
    return new Was(socket, Json.text(json, "sid"), Json.text(json, "pid"));
  }

  private static String connect(Was was) {
    return "40/v1,{\"sid\":\"" + was.sid() + "\",\"pid\":\"" + was.pid() + "\"}";
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void givesBackWhatWasMissedUnderTheSameId(boolean gone) throws IOException {
    Was was = was();
    subscribed(was.socket(), "job/a");
    publish("job/a", 1, 5);
    String offset = offset(next(was.socket(), 3).getLast());
    if (gone) {
      was.socket().close();
      server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    }
    publish("job/a", 6, 10);
    RawWs again = back(server.token(), was.pid(), offset);
    assertThat(again.nextText()).isEqualTo(connect(was));
    assertThat(numbers(next(again, 7))).isEqualTo(range(4, 10));
    publish("job/a", 11, 11);
    assertThat(numbers(next(again, 1))).containsExactly(11);
    assertThat(server.count(Counter.SOCKETIO_RECOVERED)).isEqualTo(1);
  }

  @Test
  void givesBackThePlaceOfAConnectionThatItTakesOver() {
    server.restart("quotas.connections_per_user=1");
    Was was = was();
    for (int i = 0; i < 10; i++) {
      assertThat(back(server.token(), was.pid(), "").nextText()).isEqualTo(connect(was));
    }
  }

  @Test
  void givesBackEachTopicFromItsOwnPlace() throws IOException {
    Was was = was();
    subscribed(was.socket(), "job/a");
    publish("job/a", 1, 1);
    subscribedAfterEvents(was.socket(), "job/b");
    publish("job/b", 101, 102);
    List<String> read = next(was.socket(), 2);
    was.socket().close();
    publish("job/a", 2, 3);
    publish("job/b", 103, 104);
    RawWs again = back(server.token(), was.pid(), offset(read.getFirst()));
    assertThat(again.nextText()).isEqualTo(connect(was));
    List<Integer> missed = numbers(next(again, 5));
    assertThat(missed.stream().filter(n -> n < 100)).containsExactly(2, 3);
    assertThat(missed.stream().filter(n -> n > 100)).containsExactly(102, 103, 104);
  }

  private static void subscribedAfterEvents(RawWs socket, String topic) {
    assertThat(numbers(next(socket, 1))).containsExactly(1);
    subscribed(socket, topic);
  }

  @Test
  void givesBackAllToAClientThatGotNothing() throws IOException {
    Was was = was();
    subscribed(was.socket(), "job/a");
    was.socket().close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    publish("job/a", 1, 3);
    RawWs again = back(server.token(), was.pid(), "");
    assertThat(again.nextText()).isEqualTo(connect(was));
    assertThat(numbers(next(again, 3))).isEqualTo(range(1, 3));
  }

  @Test
  void givesNothingBackToAnotherUser() throws IOException {
    Was was = was();
    subscribed(was.socket(), "job/a");
    was.socket().close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    String bob = server.token("bob", "acme", List.of("*"), List.of(), Duration.ofHours(1));
    RawWs other = back(bob, was.pid(), "");
    assertThat(other.nextText()).doesNotContain(was.sid()).doesNotContain(was.pid());
    RawWs again = back(server.token(), was.pid(), "");
    assertThat(again.nextText()).isEqualTo(connect(was));
  }

  @Test
  void givesNothingBackOfATopicThatIsNoLongerGranted() throws IOException {
    Was was = was();
    subscribed(was.socket(), "job/a");
    was.socket().close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    publish("job/a", 1, 1);
    String less = server.token("ann", "acme", List.of("job/b"), List.of(), Duration.ofHours(1));
    RawWs again = back(less, was.pid(), "");
    assertThat(again.nextText()).isEqualTo(connect(was));
    assertThat(again.send("42/v1,1[\"ping\"]").nextText()).startsWith("43/v1,1[");
  }

  @Test
  void givesNothingBackToWhoLeft() {
    Was was = was();
    was.socket().send("41/v1,").send("1");
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    RawWs again = back(server.token(), was.pid(), "");
    assertThat(again.nextText()).doesNotContain(was.sid());
    assertThat(server.count(Counter.SOCKETIO_NOT_RECOVERED)).isEqualTo(1);
  }

  @Test
  void forgetsTheOldestLostSocketForANewerOne() throws IOException {
    server.restart("socketio.recovery.sockets=1");
    Was first = was();
    Was second = was();
    first.socket().close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    second.socket().close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 2);
    assertThat(back(server.token(), first.pid(), "").nextText()).doesNotContain(first.sid());
    assertThat(back(server.token(), second.pid(), "").nextText()).isEqualTo(connect(second));
    assertThat(server.limitHits("socketio_recovery_sockets")).isEqualTo(1);
  }

  // Ends.

  @Test
  void isToldOfADrainAndClosed() {
    RawWs socket = joined();
    subscribed(socket, "job/a");
    server.stop();
    List<RawWs.Frame> last = socket.untilClosed();
    assertThat(last.getFirst().text())
        .startsWith(
            "42/v1,[\"close\",{\"op\":\"close\",\"reason\":\"shutdown\",\"reconnect\":true");
    assertThat(last.getLast().code()).isEqualTo(1001);
  }

  /// No socket of its tells the server that it is there; paranoid leak detection sees what stays.
  @Test
  void leavesNothingBehindWhenItDoesNotPollWhileTheServerStops() {
    PollingClient client = server.polling();
    client.post("40/v1,{\"token\":\"" + server.token() + "\"}");
    client.post("42/v1,1[\"subscribe\",{\"topic\":\"job/a\"}]");
    assertThat(client.messages(2)).hasSize(2);
    publish("job/a", 1, 10);
    server.stop();
  }

  @Test
  void isDisconnectedWhenItsTokenIsRevoked() {
    RawWs socket = joined();
    new Admin(server).revoke("{'tenant':'acme','user':'ann'}");
    assertThat(socket.nextText()).startsWith("42/v1,[\"close\",{\"op\":\"close\"");
    assertThat(socket.nextText()).isEqualTo("41/v1,");
    socket.send("42/v1,[\"ping\"]").send("40/nowhere,");
    assertThat(socket.nextText()).startsWith("44/nowhere,");
    assertThat(server.closed(Transport.SOCKETIO, CloseReason.TOKEN_REVOKED)).isEqualTo(1);
  }
}
