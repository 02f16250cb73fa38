package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A thousand connections of forty users come and go at random, over two shards.
@Tag("acceptance")
final class PresenceStormTest {
  private static final Pattern MEMBER =
      Pattern.compile("\"user\":\"(user[0-9]+)\",\"connections\":([1-9][0-9]*)");
  private static final int CONNECTIONS = 1_000;
  private static final int USERS = 40;
  private static final int OPEN = 150;

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "presence.topics=room/*",
          "presence.leave_delay=0s",
          "quotas.connections_per_user=0",
          "server.event_loops=2");

  private record Reader(String user, RawWs socket) {}

  @Test
  void countsAreExactAtTheEnd() throws IOException {
    Random random = new Random(20_261_121);
    List<String> tokens = tokens();
    List<Reader> open = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      int user = random.nextInt(USERS);
      RawWs socket = server.rawWsAt("/v1/ws?token=" + tokens.get(user), 0, subscription());
      open.add(new Reader("user" + user, socket));
      if (open.size() > OPEN) {
        end(open.remove(random.nextInt(open.size())), random);
      }
    }
    awaitMembers(open);
    while (!open.isEmpty()) {
      end(open.removeLast(), random);
    }
    awaitMembers(open);
    Await.until("nobody known", () -> server.scraped("pushrod_presence_members") == 0);
  }

  private List<String> tokens() {
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < USERS; i++) {
      tokens.add(server.token("user" + i, "acme", List.of("*"), List.of(), Duration.ofHours(1)));
    }
    return tokens;
  }

  private static byte[] subscription() {
    return RawWs.masked(
        RawWs.FIN | RawWs.TEXT, "{\"op\":\"subscribe\",\"topic\":\"room/1\"}".getBytes(UTF_8));
  }

  /// By a command, an end of its half, or a reset: perhaps before the subscription has begun.
  private static void end(Reader reader, Random random) throws IOException {
    switch (random.nextInt(3)) {
      case 0 -> {
        reader.socket().send("{\"op\":\"unsubscribe\",\"topic\":\"room/1\"}");
        reader.socket().close();
      }
      case 1 -> reader.socket().close();
      default -> reader.socket().reset();
    }
  }

  private void awaitMembers(List<Reader> open) {
    Map<String, Integer> expected =
        open.stream().collect(Collectors.toMap(Reader::user, _ -> 1, Integer::sum, TreeMap::new));
    String counts =
        "\"users\":%d,\"connections\":%d,\"anonymous\":0,\"unlisted\":0,"
            .formatted(expected.size(), open.size());
    Await.until(
        "members " + expected,
        () -> {
          String presence = presence();
          return presence.contains(counts) && members(presence).equals(expected);
        });
  }

  private Map<String, Integer> members(String presence) {
    Map<String, Integer> members = new TreeMap<>();
    MEMBER
        .matcher(presence)
        .results()
        .forEach(member -> members.put(member.group(1), Integer.parseInt(member.group(2))));
    return members;
  }

  private String presence() {
    return server
        .send(
            HttpRequest.newBuilder(server.http("/v1/topics/room/1/presence"))
                .header("Authorization", "Bearer " + server.token()))
        .body();
  }
}
