package io.pushrod.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.EventClass;
import io.pushrod.server.config.EventCatalogue.Chapter;
import io.pushrod.server.config.EventCatalogue.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Renders `docs/events.md` from the catalogue, and fails when the page is another.
class EventCatalogueTest {
  private static final Path PAGE =
      Path.of(System.getProperty("pushrod.root", ".."), "docs", "events.md");

  private static final String HEAD =
      """
      # Events

      Every event type that Pushrod knows by name, those of the five systems it serves included. Any other name passes through as it is and is
      `plain`; `events.classes` in the config gives it a class, or changes one of these. `prefix*` stands for all names that begin so; an exact
      name wins over a prefix, a longer prefix over a shorter one.

      This page is rendered from the catalogue that the server reads (`event-types.txt`): `mvn test -pl server -am
      -Dtest=EventCatalogueTest -Dsurefire.failIfNoSpecifiedTests=false -Dpushrod.docs.write=true` writes it anew.

      - **class** says how its events may be treated for a reader that filters or lags: [protocol, Events](protocol.md).
      - **must**: whether every reader of its topic gets it, whatever its filter is.
      - **folds**: what a reader that lags gets of neighbours. *joins* names the place in `data` of the text that is joined; *latest of* what
        tells one thing from another, beside the type and the ids of the event. [protocol, Folding](protocol.md#folding) has the whole rule.
      - **data**: its members; `?` marks those that may be missing. With the name of a system before a colon: what that system says instead.
        `env` is an envelope of KDCube, `target_sid` the one connection that it is meant for, or null.

      ## Validation

      `events.validation` holds what is published to schemas: each `<type>.json` in the folder `events.schemas` is the JSON Schema (2020-12) of `data`
      of that type. `config/schemas` has one for each native type, as a beginning. A type without a schema of its own has that of the part before its
      first `:` (`custom.json` for every `custom:<name>`); one without either may carry anything.

      | `events.validation` | an event whose data breaks its schema |
      |---|---|
      | `off` | is published; nothing is checked |
      | `warn` | is published, counted, and logged once a minute and type |
      | `reject` | is refused with [`schema`](protocol.md#7-endings-and-errors) (422, not to be tried again) and the first place that is wrong: `data/size: breaks minimum (expected: what the schema of artifact_written says)` |

      - It holds for the ingest port, workers included, `POST /v1/publish` and `publish` on a connection. What the server writes itself is not checked, nor are
        declarations, or messages and run inputs, which are no events. An event that is sent again is not judged again.
      - A message names the place and the rule, a line of the log the rule and where the schema has it; neither holds a value.
        `pushrod_schema_violations_total{action="warn|reject"}` counts.
      - A file that is no schema keeps the server from starting, with one line that names it. A `$ref` leads into the same file, to one beside it or to
        a dialect of JSON Schema; nothing is fetched. `format` is not checked.
      - One check takes at most `events.validation_steps`, the characters that a `pattern` looks at included, and no number of more than 1,000 digits; what needs
        more counts as breaking its schema. Checks run on the event loop of their connection.
      """;

  private static List<Entry> entries() {
    return EventCatalogue.chapters().stream().flatMap(c -> c.entries().stream()).toList();
  }

  @Test
  void thePageIsWhatTheCatalogueSays() throws IOException {
    String rendered = rendered();
    if (Boolean.getBoolean("pushrod.docs.write")) {
      Files.writeString(PAGE, rendered);
    }
    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("docs/events.md is stale; run again with -Dpushrod.docs.write=true")
        .isEqualTo(rendered);
  }

  @Test
  void eachChapterHasOneClass() {
    assertThat(EventCatalogue.chapters())
        .allSatisfy(
            chapter ->
                assertThat(chapter.entries().stream().map(Entry::eventClass).distinct())
                    .as(chapter.title())
                    .hasSize(1));
  }

  @Test
  void everyNameStandsOnce() {
    assertThat(entries().stream().map(Entry::pattern)).doesNotHaveDuplicates();
  }

  @Test
  void everyTypeBelongsToAKnownSystemAndIsASentence() {
    Set<String> systems = Set.of("native", "northstar", "kdcube", "argos", "dockrion", "ciris");
    assertThat(entries())
        .allSatisfy(
            entry -> {
              assertThat(systems).as(entry.pattern()).containsAll(entry.systems());
              assertThat(entry.about()).as(entry.pattern()).matches("[A-Z][^|]+\\.|\\w+ .+\\.");
              assertThat(entry.data()).as(entry.pattern()).isNotEmpty();
            });
  }

  @Test
  void everyDeltaSaysWhatIsJoinedAndNothingButDeltasAndStatesFolds() {
    assertThat(entries())
        .allSatisfy(
            entry -> {
              if (entry.eventClass() == EventClass.DELTA) {
                assertThat(entry.fold()).as(entry.pattern()).isNotEmpty();
              } else if (entry.eventClass() != EventClass.STATE) {
                assertThat(entry.fold()).as(entry.pattern()).isEmpty();
              }
            });
  }

  @Test
  void theServerKnowsTheClassOfEveryEventInIt() {
    Map<String, EventClass> classes = ServerConfig.defaults(true).events().classes();
    Map<String, EventClass> expected =
        entries().stream()
            .filter(entry -> entry.eventClass() != null)
            .collect(Collectors.toMap(Entry::pattern, Entry::eventClass));
    assertThat(classes).isEqualTo(expected);
  }

  private static String rendered() {
    StringBuilder page = new StringBuilder(HEAD);
    for (Chapter chapter : EventCatalogue.chapters()) {
      page.append("\n## ").append(chapter.title()).append("\n\n");
      chapter.text().forEach(line -> page.append(line).append('\n'));
      page.append("\n| type | class | must | folds | system | data | what it is |\n");
      page.append("|---|---|---|---|---|---|---|\n");
      chapter.entries().forEach(entry -> append(page, entry));
    }
    return page.toString();
  }

  private static void append(StringBuilder page, Entry entry) {
    EventClass eventClass = entry.eventClass();
    page.append("| `").append(entry.pattern());
    page.append("` | ").append(eventClass == null ? "–" : eventClass.label());
    page.append(" | ").append(eventClass == EventClass.LIFECYCLE ? "yes" : "–");
    page.append(" | ").append(folds(entry));
    page.append(" | ").append(String.join(", ", entry.systems()));
    page.append(" | ").append(entry.data().equals("-") ? "–" : entry.data());
    page.append(" | ").append(entry.about()).append(" |\n");
  }

  private static String folds(Entry entry) {
    String places =
        entry.fold().stream().map(place -> '`' + place + '`').collect(Collectors.joining(" or "));
    if (entry.eventClass() == EventClass.DELTA) {
      return "joins " + places;
    }
    if (entry.eventClass() == EventClass.STATE) {
      return places.isEmpty() ? "latest" : "latest of " + places;
    }
    return "–";
  }
}
