package io.pushrod.server.surface.argos;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.dialect.ArgosResource;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Line;
import io.pushrod.server.surface.route.Row;
import io.pushrod.server.surface.route.TopicTemplate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ResourceStreamTest {
  private static final Row ROW =
      Row.of(
          ServerConfig.defaults(true).surfaces().rows().stream()
              .filter(row -> row.name().equals("argos-ingest"))
              .findFirst()
              .orElseThrow());

  /// Notes what is done to it, and answers from the events that topics have.
  private static final class FakeLine implements Line {
    final Map<String, List<String>> topics = new HashMap<>();
    final List<String> done = new ArrayList<>();

    void store(String topic, long sequence, long millis, String id, String status) {
      topics
          .computeIfAbsent(topic, _ -> new ArrayList<>())
          .add(
              "{\"id\":\"1z-"
                  + sequence
                  + "\",\"type\":\"ingest.job.updated\",\"ts\":"
                  + millis
                  + ",\"data\":{\"job\":{\"id\":\""
                  + id
                  + "\",\"status\":\""
                  + status
                  + "\"}}}");
    }

    @Override
    public Row row() {
      return ROW;
    }

    @Override
    public String id() {
      return "0-1";
    }

    @Override
    public long millis() {
      return 0;
    }

    @Override
    public @Nullable Identity identity() {
      return null;
    }

    @Override
    public boolean identify(Identity who) {
      return true;
    }

    @Override
    public @Nullable String expand(TopicTemplate template) {
      return template.expand(Map.of("project_id", "p1", "job_id", "j1")::get);
    }

    @Override
    public boolean mayRead(Row.Topic topic) {
      return true;
    }

    @Override
    public void say(String name, String json) {
      done.add("say " + name + " " + json);
    }

    @Override
    public void say(String name, @Nullable String id, String json) {
      say(name, json);
    }

    @Override
    public void read(String topic, StartPoint start) {
      done.add(
          "read "
              + topic
              + " "
              + switch (start) {
                case StartPoint.After(Cursor cursor) -> cursor.toString();
                case StartPoint.Earliest() -> "earliest";
                case StartPoint.Now(), StartPoint.AfterSequence(long _) -> "another way";
              });
    }

    @Override
    public boolean leave(String topic) {
      done.add("leave " + topic);
      return true;
    }

    @Override
    public void latest(String topic, EventFilter filter, Consumer<@Nullable String> found) {
      latest(topic, filter, Integer.MAX_VALUE, _ -> true, found);
    }

    @Override
    public void latest(
        String topic,
        EventFilter filter,
        int among,
        Predicate<String> wanted,
        Consumer<@Nullable String> found) {
      found.accept(
          topics.getOrDefault(topic, List.of()).reversed().stream()
              .filter(wanted)
              .findFirst()
              .orElse(null));
    }

    @Override
    public void publish(String request, Answer answer) {}

    @Override
    public boolean takePlace(String topic) {
      return true;
    }

    @Override
    public void wake(long nanos) {
      done.add("wake");
    }

    @Override
    public void close(CloseReason reason, Farewell farewell) {
      done.add("close " + farewell.json() + " " + farewell.code());
    }

    @Override
    public void finish() {
      done.add("finish");
    }
  }

  private final FakeLine line = new FakeLine();

  private List<String> opened(boolean ends) {
    ResourceStream stream =
        new ResourceStream(line, new ArgosResource("ingest.job"), "j1", EventFilter.ALL, ends);
    stream.onOpen();
    return line.done;
  }

  private static String state(String status) {
    return "say ingest.job.created {\"type\":\"ingest.job.created\",\"job\":{\"id\":\"j1\",\"status\":\""
        + status
        + "\"}}";
  }

  @Test
  void showsTheStateAndReadsBehindWhatWasThereBefore() {
    line.store("project/p1", 7, 50, "j2", "running");
    line.store("project/p1/ingest/j1", 1, 40, "j1", "queued");
    assertThat(opened(false)).containsExactly(state("queued"), "read project/p1 1z-7");
  }

  @Test
  void readsFromTheBeginningWhereNothingWasThere() {
    line.store("project/p1/ingest/j1", 1, 40, "j1", "queued");
    assertThat(opened(false)).containsExactly(state("queued"), "read project/p1 earliest");
  }

  @Test
  void showsAStateThatHasReachedTheProjectFirst() {
    line.store("project/p1", 6, 60, "j1", "running");
    line.store("project/p1", 7, 70, "j2", "queued");
    line.store("project/p1/ingest/j1", 1, 40, "j1", "queued");
    assertThat(opened(false)).containsExactly(state("running"), "read project/p1 1z-7");
  }

  @Test
  void showsAStateThatHasNotReachedTheProject() {
    line.store("project/p1", 6, 60, "j1", "running");
    line.store("project/p1/ingest/j1", 1, 61, "j1", "failed");
    assertThat(opened(false)).containsExactly(state("failed"), "read project/p1 1z-6");
  }

  @Test
  void knowsNothingThatHasNoTopicOfItsOwn() {
    line.store("project/p1", 6, 60, "j1", "running");
    assertThat(opened(false))
        .containsExactly("close {\"error\":\"job_not_found\",\"job_id\":\"j1\"} 1008");
  }

  @Test
  void endsAtOnceWhereAllIsOverIfItEndsAtAll() {
    line.store("project/p1/ingest/j1", 1, 40, "j1", "completed");
    assertThat(opened(true)).containsExactly(state("completed"), "finish");
  }
}
