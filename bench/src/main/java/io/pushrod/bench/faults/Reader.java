package io.pushrod.bench.faults;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Reads topics from their beginning to the end, over as many connections as that takes, and tells
/// the oracle what came.
///
/// **Thread:** one of its own; [#move] and [#close] from any.
final class Reader implements AutoCloseable {
  /// Between two connections, so that a server that is down is not asked without a pause.
  private static final int PAUSE_MILLIS = 100;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BEGIN = "run_start";
  private static final Set<String> ENDS = Set.of("run_end", "error", "cancelled");
  private static final String RUN = "run/";

  private final String name;
  private final boolean isWebSocket;
  private final List<String> topics;
  private final List<Integer> ports;
  private final String token;
  private final Oracle oracle;
  private final Trail trail;
  private int at;
  private volatile @Nullable EventStream stream;
  private volatile boolean closed;

  /// @param ports of the servers, which it takes in turn from the `first` on
  private Reader(
      String name,
      boolean isWebSocket,
      List<String> topics,
      List<Integer> ports,
      int first,
      String token,
      Oracle oracle,
      Trail trail) {
    this.name = name;
    this.isWebSocket = isWebSocket;
    this.topics = topics;
    this.ports = ports;
    this.at = first;
    this.token = token;
    this.oracle = oracle;
    this.trail = trail;
  }

  static Reader start(
      String name,
      boolean isWebSocket,
      List<String> topics,
      List<Integer> ports,
      int first,
      String token,
      Oracle oracle,
      Trail trail) {
    Reader reader = new Reader(name, isWebSocket, topics, ports, first, token, oracle, trail);
    topics.forEach(topic -> oracle.reads(name, topic));
    Thread.ofVirtual().name("reader-" + name).start(reader::run);
    return reader;
  }

  private void run() {
    while (!closed) {
      try {
        read();
      } catch (IOException e) {
        trail.note(name + ": " + e.getMessage());
      } catch (RuntimeException e) {
        oracle.onStuck(name + ": " + e);
        return;
      }
      at++;
      try {
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void read() throws IOException {
    Map<String, String> cursors = new LinkedHashMap<>();
    for (String topic : topics) {
      Place place = oracle.at(name, topic);
      cursors.put(topic, place == null ? "earliest" : place.toString());
    }
    int server = at % ports.size();
    try (EventStream opened = EventStream.open(isWebSocket, ports.get(server), token, cursors)) {
      stream = opened;
      oracle.onResumed();
      trail.note(name + ": at server " + server + " from " + cursors);
      for (String text = opened.next(); text != null && !closed; text = opened.next()) {
        if (!onObject(JSON.readTree(text))) {
          trail.note(name + ": " + text);
          return;
        }
      }
      trail.note(name + ": ended");
    } catch (JsonProcessingException e) {
      throw new BenchException("no JSON: " + e.getOriginalMessage());
    }
  }

  /// @return whether the connection is of further use
  private boolean onObject(JsonNode object) {
    if (object.has("op")) {
      return switch (object.path("op").asText()) {
        case "close", "error", "unsubscribed" -> false;
        default -> true;
      };
    }
    String topic = object.path("topic").asText();
    if (object.path("type").asText().equals("gap")) {
      onGap(topic, object);
    } else if (object.has("seq")) {
      onEvent(topic, object);
    }
    return true;
  }

  private void onGap(String topic, JsonNode object) {
    JsonNode data = object.path("data");
    JsonNode to = data.path("to");
    trail.note(name + ": " + object);
    oracle.onGap(
        name,
        topic,
        new Gap(
            Place.parse(data.path("from").asText()),
            to.isTextual() ? Place.parse(to.asText()) : null,
            Place.parse(object.path("id").asText()),
            data.path("reason").asText()));
  }

  private void onEvent(String topic, JsonNode object) {
    Place place = Place.parse(object.path("id").asText());
    long sequence = object.path("seq").asLong();
    String type = object.path("type").asText();
    if (place.sequence() != sequence) {
      throw new BenchException("id: " + place + " of sequence " + sequence);
    }
    if (type.equals(Crowd.TYPE) || type.equals(Crowd.DELTA)) {
      long first = object.path("from_seq").asLong(sequence);
      String text = object.path("data").path("text").asText();
      oracle.onDelivered(name, topic, place.epoch(), first, sequence, text);
      return;
    }
    oracle.onOther(name, topic, place.epoch(), sequence);
    if (topic.startsWith(RUN)) {
      String run = topic.substring(RUN.length());
      if (type.equals(BEGIN)) {
        oracle.onRunBegan(run);
      } else if (ENDS.contains(type)) {
        oracle.onRunEnded(run);
      }
    }
  }

  /// Leaves its server for the next.
  void move() {
    EventStream open = stream;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    closed = true;
    move();
  }
}
