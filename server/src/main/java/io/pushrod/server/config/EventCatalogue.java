package io.pushrod.server.config;

import io.pushrod.codec.EventClass;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Every event type that we know by name: the resource `event-types.txt`, which says how to read
/// it.
public final class EventCatalogue {
  private static final String RESOURCE = "event-types.txt";
  private static final String CHAPTER = "== ";

  private EventCatalogue() {}

  /// Types that belong together.
  ///
  /// @param text why they do; lines
  public record Chapter(String title, List<String> text, List<Entry> entries) {}

  /// One type.
  ///
  /// @param pattern its name, or `prefix*`
  /// @param eventClass null for what is no event of a topic
  /// @param systems whose it is
  /// @param fold places in the data: of a delta those where its text may be, of a state what tells
  ///   one thing from another
  /// @param data its members
  /// @param about what it is, as a sentence
  public record Entry(
      String pattern,
      @Nullable EventClass eventClass,
      List<String> systems,
      List<String> fold,
      String data,
      String about) {}

  /// Reads it anew, in its order.
  public static List<Chapter> chapters() {
    List<Chapter> chapters = new ArrayList<>();
    for (String line : text().lines().toList()) {
      if (line.startsWith(CHAPTER)) {
        addText(chapters, line.substring(CHAPTER.length()));
      } else if (!line.isBlank() && line.charAt(0) != '#') {
        chapters.getLast().entries().add(entry(line));
      }
    }
    return chapters;
  }

  /// The first line of a chapter is its title.
  private static void addText(List<Chapter> chapters, String line) {
    if (chapters.isEmpty() || !chapters.getLast().entries().isEmpty()) {
      chapters.add(new Chapter(line, new ArrayList<>(), new ArrayList<>()));
    } else {
      chapters.getLast().text().add(line);
    }
  }

  private static Entry entry(String line) {
    List<String> cells = new ArrayList<>();
    int from = 0;
    for (int bar = line.indexOf('|'); bar >= 0; bar = line.indexOf('|', from)) {
      cells.add(line.substring(from, bar).strip());
      from = bar + 1;
    }
    return new Entry(
        cells.get(0),
        cells.get(1).equals("-") ? null : eventClass(cells.get(1)),
        List.of(cells.get(2).split(" ", -1)),
        cells.get(3).equals("-") ? List.of() : List.of(cells.get(3).split(", ", -1)),
        cells.get(4),
        line.substring(from).strip());
  }

  private static EventClass eventClass(String label) {
    EventClass found = find(label);
    if (found == null) {
      throw new IllegalStateException(RESOURCE + ": " + label + " (expected: a class)");
    }
    return found;
  }

  static @Nullable EventClass find(String label) {
    for (EventClass each : EventClass.values()) {
      if (each.label().equals(label)) {
        return each;
      }
    }
    return null;
  }

  private static String text() {
    try (InputStream in = EventCatalogue.class.getResourceAsStream(RESOURCE)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
