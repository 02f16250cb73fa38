package io.pushrod.server.e2e;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Knows what was acknowledged and what was delivered, and says what is wrong with it. Every event
/// carries a key that no other has; `<publisher>:<number>`, with numbers that grow in the order of
/// publishing.
///
/// **Thread:** any.
final class DeployOracle {
  private static final int SAID_AT_MOST = 10;

  /// A key by topic and sequence, as publishers were told.
  private final Map<String, Map<Long, String>> acknowledged = new HashMap<>();

  /// Reader to what it got, one list a reader.
  private final Map<String, Reader> readers = new HashMap<>();

  private final List<String> faults = new ArrayList<>();

  private static final class Reader {
    final String topic;
    final Map<Long, String> bySequence = new HashMap<>();
    final Set<String> keys = new LinkedHashSet<>();
    final Map<String, Long> lastOfPublisher = new HashMap<>();
    String epoch = "";
    long last;

    Reader(String topic) {
      this.topic = topic;
    }
  }

  /// A reader that begins at the first event of a topic.
  synchronized void reads(String reader, String topic) {
    readers.put(reader, new Reader(topic));
  }

  synchronized void acknowledged(String topic, String key, long sequence) {
    String other =
        acknowledged.computeIfAbsent(topic, _ -> new HashMap<>()).putIfAbsent(sequence, key);
    if (other != null && !other.equals(key)) {
      faults.add("%s: %d is told to be %s and %s".formatted(topic, sequence, other, key));
    }
  }

  /// @param cursor `<epoch>-<sequence>`
  synchronized void delivered(String name, String cursor, String key) {
    Reader reader = reader(name);
    int dash = cursor.lastIndexOf('-');
    String epoch = cursor.substring(0, dash);
    long sequence = Long.parseLong(cursor.substring(dash + 1));
    if (!reader.epoch.isEmpty() && !reader.epoch.equals(epoch)) {
      faults.add("%s: epoch %s after %s".formatted(name, epoch, reader.epoch));
    }
    if (sequence != reader.last + 1) {
      faults.add("%s: %d after %d".formatted(name, sequence, reader.last));
    }
    if (!reader.keys.add(key)) {
      faults.add("%s: %s twice, now at %d".formatted(name, key, sequence));
    }
    int colon = key.indexOf(':');
    long number = Long.parseLong(key.substring(colon + 1));
    Long before = reader.lastOfPublisher.put(key.substring(0, colon), number);
    if (before != null && number <= before) {
      faults.add("%s: %s after number %d".formatted(name, key, before));
    }
    reader.bySequence.put(sequence, key);
    reader.epoch = epoch;
    reader.last = sequence;
  }

  /// Nothing may be missing at all, announced or not.
  synchronized void gap(String name, String text) {
    faults.add(name + ": " + text);
  }

  private Reader reader(String name) {
    Reader reader = readers.get(name);
    if (reader == null) {
      throw new IllegalArgumentException("reader: " + name + " (expected: one that reads)");
    }
    return reader;
  }

  /// What a reader got, in order.
  synchronized List<String> keys(String name) {
    return List.copyOf(reader(name).keys);
  }

  synchronized long acknowledged() {
    return acknowledged.values().stream().mapToLong(Map::size).sum();
  }

  /// Whether all readers are as far as publishers know of.
  synchronized boolean isComplete() {
    return readers.values().stream().allMatch(reader -> reader.last >= last(reader.topic));
  }

  private long last(String topic) {
    return acknowledged.getOrDefault(topic, Map.of()).keySet().stream()
        .mapToLong(Long::longValue)
        .max()
        .orElse(0);
  }

  /// What is wrong, the first things first; empty when all is well.
  synchronized List<String> faults() {
    List<String> all = new ArrayList<>(faults);
    readers.forEach(
        (name, reader) ->
            acknowledged
                .getOrDefault(reader.topic, Map.of())
                .forEach(
                    (sequence, key) -> {
                      String got = reader.bySequence.get(sequence);
                      if (got == null) {
                        all.add("%s: lost %s, %d".formatted(name, key, sequence));
                      } else if (!got.equals(key)) {
                        all.add("%s: %s at %d of %s".formatted(name, got, sequence, key));
                      }
                    }));
    return all.size() > SAID_AT_MOST ? all.subList(0, SAID_AT_MOST) : all;
  }
}
