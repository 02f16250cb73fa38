package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenMinter;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A server whose process is killed while events are published, again and again.
@Timeout(240)
final class KilledDiskTest {
  private static final int KILLS = 5;
  private static final int TOPICS = 4;
  private static final int FRAME_EVENTS = 10;
  private static final Pattern LISTENS = Pattern.compile("http=\\S+:(\\d+) ingest=\\S+:(\\d+) ");
  private static final Pattern NUMBER = Pattern.compile("\\{\"n\":(\\d+)}");

  @TempDir Path data;
  private final HttpClient http = HttpClient.newHttpClient();
  private long sent;
  private long acked;

  /// A server that runs until it is killed.
  private record Child(Process process, int http, int ingest) implements AutoCloseable {
    static Child start(Path data, String ack) throws IOException {
      Process process =
          new ProcessBuilder(
                  List.of(
                      Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                      "-XX:TieredStopAtLevel=1",
                      "-Xmx256m",
                      "-cp",
                      System.getProperty("java.class.path"),
                      "io.pushrod.server.Main",
                      "serve",
                      "--dev",
                      "--data=" + data,
                      "--port=0",
                      "--ingest-port=0",
                      "--admin-port=0",
                      "--set=storage.backend=disk",
                      "--set=storage.disk.ack=" + ack))
              .redirectErrorStream(true)
              .start();
      BufferedReader out = process.inputReader();
      StringBuilder said = new StringBuilder();
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        said.append(line).append('\n');
        Matcher listens = LISTENS.matcher(line);
        if (listens.find()) {
          Thread.ofPlatform().daemon().start(() -> out.lines().forEach(_ -> {}));
          return new Child(
              process, Integer.parseInt(listens.group(1)), Integer.parseInt(listens.group(2)));
        }
      }
      throw new AssertionError("never listened: " + said);
    }

    /// SIGKILL.
    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  private String token() {
    TokenMinter minter = DevSecret.loadOrCreate(data).minter();
    List<String> all = List.of("*");
    return minter.mint(
        new TokenRequest(
            "acme", "ann", List.of(), all, all, List.of(), List.of(), Duration.ofHours(1)),
        ServerConfig.defaults(true).auth().claims(),
        Instant.now());
  }

  @ParameterizedTest
  @ValueSource(strings = {"synced", "written"})
  void nothingAcknowledgedIsLostAndNothingDoubled(String ack) throws Exception {
    Random random = new Random(7);
    TreeSet<String> epochs = new TreeSet<>();
    for (int round = 0; round < KILLS; round++) {
      try (Child child = Child.start(data, ack)) {
        assertThat(stored(child, epochs)).as("stored after kill " + round).contains(acked());
        publishUntilKilled(child, 20 + random.nextInt(200));
      }
    }
    try (Child child = Child.start(data, ack)) {
      try (IngestClient client = connect(child)) {
        publishRest(client);
      }
      assertThat(stored(child, epochs)).containsExactly(LongStream.rangeClosed(1, sent).toArray());
    }
    assertThat(sent).isGreaterThan(KILLS * 20L * FRAME_EVENTS);
    assertThat(epochs).hasSize(TOPICS);
  }

  private long[] acked() {
    return LongStream.rangeClosed(1, acked).toArray();
  }

  private IngestClient connect(Child child) {
    IngestClient client = new IngestClient(child.ingest());
    client.hello("p1", 1, token());
    client.welcome();
    return client;
  }

  /// Sends events without waiting for acks, what was not acknowledged before first; kills the
  /// server in their midst, and takes the acks that were under way.
  private void publishUntilKilled(Child child, int frames) {
    try (IngestClient client = connect(child)) {
      publish(client, acked + 1, sent);
      for (int i = 0; i < frames; i++) {
        publish(client, sent + 1, sent + FRAME_EVENTS);
        sent += FRAME_EVENTS;
        if (i % 16 == 15) {
          settle(client.next());
        }
      }
      child.close();
      for (IngestFrame frame = rest(client); frame != null; frame = rest(client)) {
        settle(frame);
      }
    }
  }

  private void publishRest(IngestClient client) {
    publish(client, acked + 1, sent);
    while (acked < sent) {
      settle(client.next());
    }
  }

  private static @Nullable IngestFrame rest(IngestClient client) {
    try {
      return client.nextOrEnd();
    } catch (UncheckedIOException e) {
      return null; // the process was killed
    }
  }

  private void settle(IngestFrame frame) {
    if (frame instanceof IngestFrame.Ack ack) {
      acked = Math.max(acked, ack.upTo());
    } else if (!(frame instanceof IngestFrame.Ping)) {
      throw new AssertionError("frame: " + frame);
    }
  }

  /// The number of an event is its producer's.
  private static void publish(IngestClient client, long first, long last) {
    for (long from = first; from <= last; from += FRAME_EVENTS) {
      List<byte[]> events = new ArrayList<>();
      for (long n = from; n < from + FRAME_EVENTS && n <= last; n++) {
        events.add(IngestClient.event("thread/" + n % TOPICS, "note", "{\"n\":" + n + "}"));
      }
      client.publish(from, events.toArray(byte[][]::new));
    }
  }

  /// All events of all topics, by their number, as often as they are there.
  private long[] stored(Child child, Set<String> epochs) throws Exception {
    List<Long> all = new ArrayList<>();
    for (int t = 0; t < TOPICS && sent > 0; t++) {
      String after = "";
      long before = 0;
      for (boolean more = true; more; ) {
        String page = page(child, "thread/" + t, after);
        int count = 0;
        for (Matcher n = NUMBER.matcher(page); n.find(); count++) {
          long number = Long.parseLong(n.group(1));
          assertThat(number).as("order of thread/" + t).isGreaterThan(before);
          before = number;
          all.add(number);
        }
        more = count > 0;
        if (more) {
          String cursor = Json.text(page, "cursor");
          epochs.add(cursor.substring(0, cursor.indexOf('-')));
          after = "&after=" + cursor;
        }
      }
    }
    return all.stream().mapToLong(Long::longValue).sorted().toArray();
  }

  private String page(Child child, String topic, String after) throws Exception {
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:%d/v1/topics/%s/events?limit=500%s"
                            .formatted(child.http(), topic, after)))
                .header("Authorization", "Bearer " + token())
                .timeout(Duration.ofSeconds(20))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() == 404) {
      return "";
    }
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }
}
