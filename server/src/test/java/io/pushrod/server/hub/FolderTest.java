package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.server.config.EventCatalogue;
import io.pushrod.server.config.EventCatalogue.Entry;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.support.LogFixture;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FolderTest {
  private static final JsonFactory JACKSON = new JsonFactory();

  /// One event a line.
  private enum Lines implements EventFormat {
    FORM;

    @Override
    public boolean isLogForm() {
      return false;
    }

    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      out.writeBytes(source, offset, length).writeByte('\n');
    }
  }

  /// What matters of one event: scalar members by path.
  private record Event(Map<String, String> members) {
    static Event parse(String json) {
      Map<String, String> members = new HashMap<>();
      try (JsonParser parser = JACKSON.createParser(json)) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          if (token.isScalarValue()) {
            members.put(parser.getParsingContext().pathAsPointer().toString(), parser.getText());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(json, e);
      }
      return new Event(members);
    }

    String text(String path) {
      return members.getOrDefault(path, "");
    }

    long to() {
      return Long.parseLong(text("/seq"));
    }

    long from() {
      return members.containsKey("/from_seq") ? Long.parseLong(text("/from_seq")) : to();
    }
  }

  private final LogFixture fixture = new LogFixture(LogFixture.AMPLE);
  private final Folder folder = new Folder(new ShardMetrics());

  private static List<Event> fold(
      LogFixture fixture, Folder folder, EventFilter filter, int limit) {
    List<Event> events = new ArrayList<>();
    long cursor = 0;
    while (cursor < fixture.log.lastSequence()) {
      ByteBuf out = Unpooled.buffer();
      long next = folder.fold(fixture.log, cursor, Long.MAX_VALUE, Lines.FORM, filter, limit, out);
      assertThat(next).isGreaterThan(cursor);
      cursor = next;
      out.toString(UTF_8).lines().map(Event::parse).forEach(events::add);
    }
    fixture.log.close();
    assertThat(fixture.usedBytes()).isZero();
    return events;
  }

  private List<Event> fold() {
    return fold(fixture, folder, EventFilter.ALL, 64 * 1024);
  }

  private void append(String type, String... data) {
    for (String one : data) {
      fixture.append(type, one);
    }
  }

  private static List<String> ranges(List<Event> events) {
    return events.stream().map(e -> e.from() + "-" + e.to()).toList();
  }

  @Test
  void joinsAdjacentDeltas() {
    append("token_chunk", "{\"text\":\"a\",\"index\":0}", "{\"text\":\"b\",\"index\":1}");
    List<Event> events = fold();
    assertThat(ranges(events)).containsExactly("1-2");
    assertThat(events.getFirst().text("/id")).isEqualTo("1z-2");
    assertThat(events.getFirst().text("/data/text")).isEqualTo("ab");
    assertThat(events.getFirst().text("/data/index")).isEqualTo("0");
  }

  @Test
  void joinsEscapesAndSplitSurrogates() {
    append("token_chunk", "{\"text\":\"\\\"\\ud83d\"}", "{\"text\":\"\\ude00\\\\é\"}");
    assertThat(fold().getFirst().text("/data/text")).isEqualTo("\"\ud83d\ude00\\é");
  }

  @Test
  void keepsDeltasOfTwoTypesApart() {
    append("token_chunk", "{\"text\":\"a\"}");
    append("thought_chunk", "{\"text\":\"b\"}");
    assertThat(ranges(fold())).containsExactly("1-1", "2-2");
  }

  @Test
  void keepsDeltasOfTwoRunsApart() {
    fixture.append("token_chunk", ",\"run_id\":\"r1\"", "{\"text\":\"a\"}");
    fixture.append("token_chunk", ",\"run_id\":\"r2\"", "{\"text\":\"b\"}");
    assertThat(ranges(fold())).containsExactly("1-1", "2-2");
  }

  @Test
  void keepsDeltasApartThatDifferInAnyOtherMember() {
    append(
        "token_chunk",
        "{\"text\":\"a\",\"message_id\":1}",
        "{\"text\":\"b\",\"message_id\":2}",
        "{\"text\":\"c\"}",
        "{\"delta\":\"d\"}",
        "{\"text\":7}",
        "{\"text\":\"e\",\"text\":\"f\"}",
        "{\"text\":\"g\",\"text\":\"f\"}",
        "\"text\"");
    assertThat(fold()).hasSize(8);
  }

  @Test
  void joinsAcrossWhatTheFilterLeavesOutButNotAcrossWhatItAdmits() {
    append("token_chunk", "{\"text\":\"a\"}");
    append("note", "1");
    append("token_chunk", "{\"text\":\"b\"}");
    append("run_end", "{}");
    append("token_chunk", "{\"text\":\"c\"}");
    EventFilter filter = EventFilter.parse(List.of("token_chunk"));
    assertThat(ranges(fold(fixture, folder, filter, 1 << 16))).containsExactly("1-3", "4-4", "5-5");
  }

  @Test
  void keepsOnlyTheLatestStateOfAKey() {
    append(
        "progress",
        "{\"key\":\"a\",\"v\":1}",
        "{\"key\":\"b\",\"v\":1}",
        "{\"key\":\"a\",\"v\":2}");
    List<Event> events = fold();
    assertThat(ranges(events)).containsExactly("1-2", "3-3");
    assertThat(events.getLast().text("/data/v")).isEqualTo("2");
  }

  @Test
  void keepsEveryPatchAndTheStateItNeeds() {
    append(
        "board",
        "{\"snapshot\":1}",
        "{\"snapshot\":2}",
        "{\"patch\":[]}",
        "{\"snapshot\":3}",
        "{\"patch\":[]}");
    assertThat(ranges(fold())).containsExactly("1-2", "3-3", "4-4", "5-5");
  }

  @Test
  void joinsTheTokensOfNorthstar() {
    append(
        "token_chunk",
        "{\"delta\":\"He\",\"index\":3}",
        "{\"delta\":\"ll\",\"index\":4}",
        "{\"delta\":\"o\",\"index\":5}");
    List<Event> events = fold();
    assertThat(ranges(events)).containsExactly("1-3");
    assertThat(events.getFirst().text("/data/delta")).isEqualTo("Hello");
    assertThat(events.getFirst().text("/data/index")).isEqualTo("3");
  }

  @Test
  void joinsTheTokensOfDockrion() {
    append(
        "token",
        "{\"content\":\"He\",\"finish_reason\":null}",
        "{\"content\":\"llo\",\"finish_reason\":null}",
        "{\"content\":\"\",\"finish_reason\":\"stop\"}");
    List<Event> events = fold();
    assertThat(ranges(events)).containsExactly("1-2", "3-3");
    assertThat(events.getFirst().text("/data/content")).isEqualTo("Hello");
  }

  /// An envelope of KDCube as its relay hands it over.
  private static String chatDelta(
      String text, int index, String marker, String agent, String extra) {
    return ("{'target_sid':null,'env':{'type':'chat.delta','timestamp':'2026-01-08T10:00:0"
            + index
            + "Z','ts':"
            + (1_767_866_400_000L + index)
            + ",'service':{'request_id':'q1','tenant':'t1','project':'p1','user':'u1'},"
            + "'conversation':{'session_id':'s1','conversation_id':'c1','turn_id':'turn_1'},"
            + "'event':{'agent':'"
            + agent
            + "','step':'stream','status':'running'},'delta':{'text':'"
            + text
            + "','marker':'"
            + marker
            + "','index':"
            + index
            + ",'completed':false},'text':'"
            + text
            + "','idx':"
            + index
            + ",'extra':"
            + extra
            + "}}")
        .replace('\'', '"');
  }

  @Test
  void joinsTheDeltasOfKdcubeInBothOfTheirTexts() {
    append(
        "chat_delta",
        chatDelta("a", 0, "answer", "writer", "{}"),
        chatDelta("b\\n", 1, "answer", "writer", "{}"),
        chatDelta("c", 2, "answer", "writer", "{}"));
    List<Event> events = fold();
    assertThat(ranges(events)).containsExactly("1-3");
    Event joined = events.getFirst();
    assertThat(joined.text("/data/env/delta/text")).isEqualTo("ab\nc");
    assertThat(joined.text("/data/env/text")).isEqualTo("ab\nc");
    assertThat(joined.text("/data/env/delta/index")).isEqualTo("0");
    assertThat(joined.text("/data/env/ts")).isEqualTo("1767866400000");
    assertThat(joined.text("/data/env/event/agent")).isEqualTo("writer");
  }

  @Test
  void joinsAnEnvelopeThatHasItsTextOnlyOnce() {
    append(
        "chat_delta",
        "{\"ts\":1,\"delta\":{\"text\":\"a\",\"marker\":\"answer\",\"index\":7}}",
        "{\"ts\":2,\"delta\":{\"text\":\"b\",\"marker\":\"answer\",\"index\":8}}");
    assertThat(fold().getFirst().text("/data/delta/text")).isEqualTo("ab");
  }

  @Test
  void keepsDeltasOfKdcubeApartThatAreNotOneText() {
    append(
        "chat_delta",
        chatDelta("a", 0, "answer", "writer", "{}"),
        chatDelta("b", 1, "thinking", "writer", "{}"),
        chatDelta("c", 2, "thinking", "critic", "{}"),
        chatDelta("d", 3, "thinking", "critic", "{'artifact_name':'x'}"),
        chatDelta("e", 4, "thinking", "critic", "{'artifact_name':'y'}"),
        chatDelta("f", 5, "thinking", "critic", "{'artifact_name':'y','sub_type':'z'}"));
    assertThat(ranges(fold())).containsExactly("1-1", "2-2", "3-3", "4-4", "5-5", "6-6");
  }

  @Test
  void keepsAnEnvelopeWhoseTwoTextsDiffer() {
    append(
        "chat_delta",
        "{\"delta\":{\"text\":\"a\"},\"text\":\"a\"}",
        "{\"delta\":{\"text\":\"b\"},\"text\":\"c\"}",
        "{\"delta\":{\"text\":\"d\"},\"text\":\"d\"}");
    assertThat(ranges(fold())).containsExactly("1-1", "2-2", "3-3");
  }

  @Test
  void keepsATextApartThatBeginsAnew() {
    append(
        "token_chunk",
        "{\"text\":\"a\",\"index\":0}",
        "{\"text\":\"b\",\"index\":0}",
        "{\"text\":\"c\",\"index\":1}",
        "{\"text\":\"d\",\"index\":0}");
    assertThat(ranges(fold())).containsExactly("1-1", "2-3", "4-4");
  }

  @Test
  void keepsAPieceApartWhoseNumberIsNotTheNext() {
    append(
        "token_chunk",
        "{\"text\":\"a\",\"index\":1}",
        "{\"text\":\"c\",\"index\":3}",
        "{\"text\":\"b\",\"index\":2}",
        "{\"text\":\"d\"}",
        "{\"text\":\"e\",\"index\":3}",
        "{\"text\":\"f\",\"index\":\"4\"}",
        "{\"text\":\"g\",\"index\":4.0}",
        "{\"text\":\"h\",\"index\":9999999999999999999}");
    assertThat(fold()).hasSize(8);
  }

  @Test
  void keepsTheLatestStateOfEachThingThatTheDataNames() {
    append(
        "ingest.job.updated",
        "{\"job\":{\"id\":\"j1\",\"progress\":0.1}}",
        "{\"job\":{\"id\":\"j2\",\"progress\":0.1}}",
        "{\"job\":{\"id\":\"j1\",\"progress\":0.2}}");
    assertThat(ranges(fold())).containsExactly("1-2", "3-3");
  }

  @Test
  void tellsStatesApartByAllIdsOfTheirData() {
    append(
        "progress",
        "{\"node_id\":\"n1\",\"v\":1}",
        "{\"nodeId\":\"n1\",\"v\":2}",
        "{\"env\":{\"conversation\":{\"conversation_id\":\"c1\"}},\"v\":3}",
        "{\"env\":{\"conversation\":{\"conversation_id\":\"c2\"}},\"v\":4}",
        "{\"valid\":true,\"v\":5}",
        "{\"valid\":false,\"v\":6}");
    assertThat(ranges(fold())).containsExactly("1-1", "2-2", "3-3", "4-4", "5-6");
  }

  /// What a page of KDCube has put together: a piece with number 0 begins anew.
  private static List<String> textsOfAPage(List<Event> events) {
    Map<String, StringBuilder> texts = new TreeMap<>();
    for (Event event : events) {
      String marker = event.text("/data/env/delta/marker");
      StringBuilder text = texts.computeIfAbsent(marker, m -> new StringBuilder());
      if (event.text("/data/env/delta/index").equals("0")) {
        text.setLength(0);
      }
      text.append(event.text("/data/env/delta/text"));
      assertThat(event.text("/data/env/text")).isEqualTo(event.text("/data/env/delta/text"));
      assertThat(event.text("/data/env/idx")).isEqualTo(event.text("/data/env/delta/index"));
    }
    return texts.entrySet().stream().map(e -> e.getKey() + e.getValue()).toList();
  }

  @Property(tries = 15)
  void aPageOfKdcubeEndsWithTheSameTextsWhetherItLagsOrNot(@ForAll long seed) {
    Random random = new Random(seed);
    LogFixture log = new LogFixture(LogFixture.AMPLE);
    List<Event> whole = new ArrayList<>();
    int index = 0;
    for (int i = 1; i <= 30; i++) {
      index = random.nextInt(6) == 0 ? 0 : index + 1;
      String marker = random.nextInt(8) == 0 ? "thinking" : "answer";
      log.append("chat_delta", chatDelta("t" + i + "\\n", index, marker, "writer", "{}"));
      whole.add(Event.parse(log.json(i)));
    }
    List<Event> folded = fold(log, folder, EventFilter.ALL, 1 + random.nextInt(20_000));

    assertThat(textsOfAPage(folded)).isEqualTo(textsOfAPage(whole));
  }

  /// An object with one member at a place such as `env.delta.text`.
  private static String at(String place, String value) {
    String[] names = place.split("\\.", -1);
    return "{\"" + String.join("\":{\"", names) + "\":" + value + "}".repeat(names.length);
  }

  private static Stream<Entry> catalogued(EventClass eventClass) {
    return EventCatalogue.chapters().stream()
        .flatMap(chapter -> chapter.entries().stream())
        .filter(entry -> entry.eventClass() == eventClass);
  }

  @Test
  void joinsEveryDeltaOfTheCatalogueWhereItSaysThatTheTextIs() {
    catalogued(EventClass.DELTA)
        .forEach(
            delta ->
                delta
                    .fold()
                    .forEach(
                        place -> {
                          LogFixture log = new LogFixture(LogFixture.AMPLE);
                          log.append(delta.pattern(), at(place, "\"a\""));
                          log.append(delta.pattern(), at(place, "\"b\""));
                          List<Event> events = fold(log, folder, EventFilter.ALL, 1 << 16);
                          String path = "/data/" + place.replace('.', '/');
                          assertThat(ranges(events)).as(delta.pattern()).containsExactly("1-2");
                          assertThat(events.getFirst().text(path)).isEqualTo("ab");
                        }));
  }

  @Test
  void keepsTheLatestStateOfEachThingThatTheCatalogueTellsApart() {
    catalogued(EventClass.STATE)
        .forEach(
            state -> {
              String place = state.fold().isEmpty() ? "key" : state.fold().getFirst();
              LogFixture log = new LogFixture(LogFixture.AMPLE);
              log.append(state.pattern(), at(place, "\"a\""));
              log.append(state.pattern(), at(place, "\"b\""));
              log.append(state.pattern(), at(place, "\"a\""));
              List<Event> events = fold(log, folder, EventFilter.ALL, 1 << 16);
              assertThat(ranges(events)).as(state.pattern()).containsExactly("1-2", "3-3");
            });
  }

  @Property(tries = 400)
  void losesNoTextAndCoversAllSequences(@ForAll long seed) {
    Random random = new Random(seed);
    LogFixture log = new LogFixture(LogFixture.AMPLE);
    Map<String, StringBuilder> texts = new HashMap<>();
    Map<String, String> states = new HashMap<>();
    List<String> kept = new ArrayList<>();
    for (int i = 1; i <= 1 + random.nextInt(150); i++) {
      String run = "r" + random.nextInt(8) / 7;
      String ids = ",\"run_id\":\"" + run + "\"";
      switch (random.nextInt(12)) {
        case 0 -> {
          log.append("run_end", ids, "{}");
          kept.add("run_end" + i);
        }
        case 1 -> {
          log.append("note", ids, "{\"text\":\"n\"}");
          kept.add("note" + i);
        }
        case 2, 3 -> {
          log.append("progress", ids, "{\"v\":" + i + "}");
          states.put(run, "" + i);
        }
        case 4 -> {
          log.append("board", ids, "{\"patch\":" + i + "}");
          kept.add("board" + i);
        }
        default -> {
          String[] pieces = {"a" + i, "\\n", "\\u00e9", "\\\\", "日本", "", "x".repeat(300)};
          String piece = pieces[random.nextInt(pieces.length)];
          log.append("token_chunk", ids, "{\"m\":1,\"text\":\"" + piece + "\"}");
          Event parsed = Event.parse(log.json(i));
          texts.computeIfAbsent(run, r -> new StringBuilder()).append(parsed.text("/data/text"));
        }
      }
    }
    long last = log.log.lastSequence();
    int limit = random.nextBoolean() ? 64 * 1024 : 1 + random.nextInt(4000);
    List<Event> events = fold(log, folder, EventFilter.ALL, limit);

    long next = 1;
    Map<String, StringBuilder> folded = new HashMap<>();
    Map<String, String> lastStates = new HashMap<>();
    List<String> passed = new ArrayList<>();
    for (Event event : events) {
      assertThat(event.from()).isEqualTo(next);
      next = event.to() + 1;
      String run = event.text("/run_id");
      switch (event.text("/type")) {
        case "token_chunk" ->
            folded.computeIfAbsent(run, r -> new StringBuilder()).append(event.text("/data/text"));
        case "progress" -> lastStates.put(run, event.text("/data/v"));
        default -> passed.add(event.text("/type") + event.to());
      }
    }
    assertThat(next).isEqualTo(last + 1);
    assertThat(passed).isEqualTo(kept);
    assertThat(lastStates).isEqualTo(states);
    assertThat(folded.keySet()).isEqualTo(texts.keySet());
    texts.forEach((run, text) -> assertThat(folded.get(run)).hasToString(text.toString()));
  }
}
