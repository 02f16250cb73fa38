package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Rows of the operator's own, in a dialect that is there.
@Tag("acceptance")
final class SurfaceRouteTest {
  private static final Pattern NUMBER = Pattern.compile("\"n\":(\\d+)");

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "server.event_loops=2",
          "surfaces.board={path: '/boards/{id}', dialect: dockrion, replay: true,"
              + " topics: {board: {topic: 'board/{id}'}}}",
          "surfaces.board-sse={path: '/boards/{id}/events', transport: sse, dialect: dockrion,"
              + " topics: {board: {topic: 'board/{id}'}}}",
          "surfaces.staff={path: /staff, dialect: dockrion,"
              + " topics: {staff: {topic: staff, roles: [STAFF]}}}",
          "surfaces.open={path: /open, dialect: dockrion, anonymous_tenant: acme,"
              + " topics: {open: {topic: open}}}");

  private RawWs open(String path) {
    return server.rawWsAt(path, 0, new byte[0]);
  }

  private String withToken(String path) {
    return path + "?token=" + server.token();
  }

  private void publish(String topic, int first, int last) {
    for (int n = first; n <= last; n++) {
      server.publish(topic, "custom:n", "{\"n\":" + n + "}");
    }
  }

  private static List<Integer> numbers(String text) {
    List<Integer> numbers = new ArrayList<>();
    for (Matcher number = NUMBER.matcher(text); number.find(); ) {
      numbers.add(Integer.valueOf(number.group(1)));
    }
    return numbers;
  }

  @Test
  void readsTheTopicThatItsPathNamesInTheWordsOfItsDialect() throws Exception {
    publish("board/b1", 1, 1);
    try (RawWs board = open(withToken("/boards/b1"))) {
      assertThat(board.nextText())
          .matches(
              "\\{\"id\":\"evt-[0-9a-f]{12}\",\"type\":\"n\",\"run_id\":\"b1\",\"sequence\":1,"
                  + "\"timestamp\":\"[^\"]+\",\"n\":1}");
      publish("board/b1", 2, 2);
      assertThat(numbers(board.nextText())).containsExactly(2);
    }
  }

  @Test
  void streamsTheSameAsEvents() throws Exception {
    try (SseClient board =
        server.sseAt("/boards/b1/events", "authorization", "Bearer " + server.token())) {
      Await.until("it reads", () -> server.scraped("pushrod_topics") == 1);
      publish("board/b1", 1, 2);
      SseClient.Dispatched first = board.next();
      assertThat(first.id()).matches("[0-9a-z]+-1");
      assertThat(numbers(first.data() + board.next().data())).containsExactly(1, 2);
    }
  }

  @Test
  void gathersWhatComesWithinAWindowIntoOneArray() throws Exception {
    server.restart("surfaces.board.batch=50ms");
    publish("board/b1", 1, 3);
    try (RawWs board = open(withToken("/boards/b1"))) {
      String stored = board.nextText();
      assertThat(stored).startsWith("[{").endsWith("}]");
      assertThat(numbers(stored)).containsExactly(1, 2, 3);
      publish("board/b1", 4, 40);
      List<Integer> rest = new ArrayList<>();
      int frames = 0;
      while (rest.size() < 37) {
        rest.addAll(numbers(board.nextText()));
        frames++;
      }
      assertThat(rest.getFirst()).isEqualTo(4);
      assertThat(rest).isSorted().doesNotHaveDuplicates();
      assertThat(frames).isLessThan(37);
    }
  }

  @Test
  void saysOnTheOpenWebSocketWhyItIsClosed() throws Exception {
    try (RawWs nobody = open("/boards/b1")) {
      assertThat(nobody.head()).startsWith("HTTP/1.1 101");
      assertThat(nobody.closeCode()).isEqualTo(CloseReason.UNAUTHENTICATED.code());
    }
  }

  @Test
  void answersAStreamOfEventsByAStatus() {
    assertThat(server.send(HttpRequest.newBuilder(server.http("/boards/b1/events"))).statusCode())
        .isEqualTo(401);
  }

  @Test
  void asksForAGrantWhereARowNamesNoRoles() throws Exception {
    String other = server.token("acme", List.of("thread/*"), List.of(), Duration.ofHours(1));
    try (RawWs board = open("/boards/b1?token=" + other)) {
      assertThat(board.untilClosed().getLast().code())
          .isEqualTo(CloseReason.UNAUTHENTICATED.code());
    }
  }

  @Test
  void namesNoTopicByASegmentWithASlash() throws Exception {
    publish("board/x/y", 1, 1);
    try (RawWs board = open(withToken("/boards/x%2Fy"))) {
      assertThat(board.untilClosed()).hasSize(1);
    }
  }

  @Test
  void asksForARoleWhereARowNamesThem() throws Exception {
    try (RawWs staff = open(withToken("/staff"))) {
      assertThat(staff.untilClosed()).hasSize(1);
    }
  }

  @Test
  void letsInWhoBringsNoTokenWhereARowSaysWhoseTheyAre() throws Exception {
    try (RawWs open = open("/open")) {
      Await.until("it reads", () -> server.scraped("pushrod_topics") == 1);
      publish("open", 1, 1);
      assertThat(numbers(open.nextText())).containsExactly(1);
    }
  }

  @Test
  void keepsAsManyEventsForASlowReaderAsItsRowSays() throws Exception {
    server.restart("surfaces.board.policy=drop_oldest", "surfaces.board.queue_events=10");
    try (RawWs board = server.rawWsAt(withToken("/boards/b1"), 4096, new byte[0])) {
      int published = 0;
      while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
        published = publishLong(published + 1, published + 50);
      }
      published = publishLong(published + 1, published + 100);
      String all = "";
      while (!all.contains("\"n\":" + published + ",")) {
        all += board.nextText();
      }
      int gap = all.lastIndexOf("\"type\":\"gap\""); // from a Redis they may come in parts
      assertThat(numbers(all.substring(gap))).hasSize(10);
      assertThat(server.count(Counter.DROPPED_OLDEST)).isEqualTo(published - numbers(all).size());
    }
  }

  private int publishLong(int first, int last) {
    String padding = "x".repeat(1000);
    server.publishAll(
        last - first + 1,
        i ->
            "{\"topic\":\"board/b1\",\"type\":\"custom:n\",\"data\":{\"n\":"
                + (first + i)
                + ",\"padding\":\""
                + padding
                + "\"}}");
    return last;
  }

  @Test
  void closesWhoIsIdle() throws Exception {
    server.restart("surfaces.board.idle=200ms", "surfaces.board.heartbeat=100ms");
    try (RawWs board = open(withToken("/boards/b1"))) {
      assertThat(board.closeCode()).isEqualTo(CloseReason.IDLE_TIMEOUT.code());
    }
    Await.until(
        "it is counted", () -> server.closed(Transport.WEBSOCKET, CloseReason.IDLE_TIMEOUT) == 1);
  }

  @Test
  void doesNotStartWithARowThatMakesNoSense() {
    assertThatThrownBy(() -> server.restart("surfaces.board.dialect=klingon"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("surfaces.board: dialect: klingon (expected: one of ");
    assertThatThrownBy(() -> server.restart("surfaces.board.topics.board.topic=board/{"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("surfaces.board: topic: board/{");
  }
}
