package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Violation.Kind;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Knows what publishers were told and what readers got, and says what does not fit together. It
/// knows no server, no time and no fault.
///
/// The rules, of every topic and reader:
/// - what was acknowledged came once, or lies in a gap that this reader was told of;
/// - sequences follow each other, over all connections of a reader, or a gap says which are
///   missing;
/// - one sequence is the same text for everybody, and the text is the one that was published;
/// - the publications of one publisher are in its order;
/// - a publication has one sequence. Where a log ends with its process, one in each epoch, since a
///   retry is not recognised any more;
/// - where a log goes on whatever ends, nobody is told that its epoch ended;
/// - where a failover may take back what was not acknowledged, an epoch may end. What was
///   acknowledged is in the one that follows, which all readers are at in the end; one sequence is
///   one text there, and a publication has one;
/// - what was refused is not there;
/// - a run begins once, and one that was acknowledged ends once; where a log ends with its process,
///   unless its reader was told so.
///
/// **Thread:** any.
final class Oracle {
  /// Of a kind; more are counted, not kept.
  private static final int MOST_KEPT = 200;

  private static final String RUN = "run/";

  private final Durability durability;

  /// Whether what was not acknowledged may be taken back.
  private final boolean mayTakeBack;

  private final Map<String, Map<String, Long>> acked = new HashMap<>();
  private final Map<String, Set<String>> refused = new HashMap<>();
  private final Map<String, Truth> truths = new TreeMap<>();
  private final Map<String, Map<String, Reading>> readings = new TreeMap<>();
  private final Map<String, Integer> runBegins = new LinkedHashMap<>();
  private final Map<String, Integer> runEnds = new LinkedHashMap<>();
  private final Map<String, Long> gaps = new TreeMap<>();
  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final List<Violation> violations = new ArrayList<>();
  private long publications;
  private long deliveries;
  private long folded;
  private long resumed;

  Oracle(Backend backend) {
    durability = backend.durability();
    mayTakeBack = durability == Durability.OF_WHAT_WAS_ACKNOWLEDGED;
  }

  /// A reader is to get all of a topic from its beginning.
  synchronized void reads(String reader, String topic) {
    reading(reader, topic);
  }

  private Reading reading(String reader, String topic) {
    return readings
        .computeIfAbsent(topic, _ -> new TreeMap<>())
        .computeIfAbsent(
            reader, _ -> new Reading(reader + " on " + topic, durability, this::onViolation));
  }

  private Truth truth(String topic) {
    return truths.computeIfAbsent(topic, _ -> new Truth(topic, durability, this::onViolation));
  }

  /// @param sequence 0 when the server did not know it any more
  synchronized void onAcked(String key, String topic, long sequence) {
    publications++;
    acked.computeIfAbsent(topic, _ -> new LinkedHashMap<>()).put(key, sequence);
  }

  synchronized void onRefused(String key, String topic) {
    refused.computeIfAbsent(topic, _ -> new TreeSet<>()).add(key);
  }

  /// @param first of the range that the event stands for
  /// @param text of all its publications, joined
  synchronized void onDelivered(
      String reader, String topic, String epoch, long first, long last, String text) {
    deliveries += last - first + 1;
    folded += first < last ? 1 : 0;
    reading(reader, topic).onEvent(epoch, first, last);
    List<Payload> payloads = Payload.split(text);
    if (payloads.size() != last - first + 1) {
      onViolation(
          new Violation(
              Kind.ALTERED,
              "%s on %s: %s-%d..%d holds %d texts"
                  .formatted(reader, topic, epoch, first, last, payloads.size())));
      return;
    }
    for (int i = 0; i < payloads.size(); i++) {
      truth(topic).add(new Place(epoch, first + i), payloads.get(i));
    }
  }

  /// An event of the server's own, which has a sequence and no text of ours.
  synchronized void onOther(String reader, String topic, String epoch, long sequence) {
    deliveries++;
    reading(reader, topic).onEvent(epoch, sequence, sequence);
  }

  synchronized void onGap(String reader, String topic, Gap gap) {
    gaps.merge(gap.reason(), 1L, Long::sum);
    reading(reader, topic).onGap(gap);
    if (mayTakeBack && gap.reason().equals(Gap.EPOCH) && topic.startsWith(RUN)) {
      String run = topic.substring(RUN.length()); // it is read from its beginning
      runBegins.replace(run, 0);
      runEnds.replace(run, 0);
    }
  }

  /// A reader came back with a cursor.
  synchronized void onResumed() {
    resumed++;
  }

  synchronized void onRunStarted(String run) {
    runEnds.put(run, 0);
  }

  /// The first event of a run came.
  synchronized void onRunBegan(String run) {
    runBegins.merge(run, 1, Integer::sum);
  }

  /// The last event of a run came.
  synchronized void onRunEnded(String run) {
    runEnds.merge(run, 1, Integer::sum);
  }

  synchronized boolean hasEnded(String run) {
    return runEnds.getOrDefault(run, 0) > 0;
  }

  /// Whether nothing more is to come of any run.
  synchronized boolean allRunsAreAccounted() {
    return runEnds.entrySet().stream()
        .allMatch(each -> each.getValue() > 0 || isExcused(each.getKey()));
  }

  /// A run whose log ended with its process is over for its reader, who was told so, or who had
  /// heard nothing of it.
  private boolean isExcused(String run) {
    return durability == Durability.OF_THE_PROCESS
        && readings.getOrDefault(RUN + run, Map.of()).values().stream()
            .anyMatch(reading -> reading.at() == null || reading.lostAnEpoch());
  }

  synchronized void onStuck(String what) {
    onViolation(new Violation(Kind.STUCK, what));
  }

  private void onViolation(Violation violation) {
    if (counts.merge(violation.kind(), 1L, Long::sum) <= MOST_KEPT) {
      violations.add(violation);
    }
  }

  /// Where a reader continues; null before its first event.
  synchronized @Nullable Place at(String reader, String topic) {
    return reading(reader, topic).at();
  }

  /// Whether everybody who reads the topic has a publication in the log as it is now.
  synchronized boolean hasEverywhere(String topic, String key) {
    List<Place> places = truth(topic).places(key);
    return readings.getOrDefault(topic, Map.of()).values().stream()
        .allMatch(reading -> places.stream().anyMatch(reading::holds));
  }

  /// Who does not have it, and where they are.
  synchronized List<String> lacking(String topic, String key) {
    List<Place> places = truth(topic).places(key);
    return readings.getOrDefault(topic, Map.of()).values().stream()
        .filter(reading -> places.stream().noneMatch(reading::holds))
        .map(Reading::toString)
        .toList();
  }

  /// Judges, once, when everybody had time to catch up.
  synchronized Verdict judge() {
    acked.forEach((topic, keys) -> keys.forEach((key, sequence) -> judge(topic, key, sequence)));
    refused.forEach(
        (topic, keys) -> {
          for (String key : keys) {
            for (Place place : countingPlaces(topic, key)) {
              onViolation(
                  new Violation(Kind.REFUSED_YET_STORED, topic + ": " + key + " is " + place));
            }
          }
        });
    truths.forEach((topic, truth) -> truth.judge(epochs(topic)));
    readings.keySet().forEach(this::judgeEpochs);
    runEnds.forEach(this::judgeRun);
    runBegins.forEach(
        (run, begins) -> {
          if (begins > 1) {
            onViolation(new Violation(Kind.REBEGUN_RUN, RUN + run + ": " + begins + " begins"));
          }
        });
    return new Verdict(
        publications,
        refused.values().stream().mapToLong(Set::size).sum(),
        deliveries,
        folded,
        resumed,
        runEnds.size(),
        Map.copyOf(gaps),
        Map.copyOf(counts),
        List.copyOf(violations));
  }

  private void judge(String topic, String key, long sequence) {
    List<Place> places = countingPlaces(topic, key);
    if (durability != Durability.OF_THE_PROCESS
        && sequence > 0
        && !places.isEmpty()
        && places.stream().noneMatch(place -> place.sequence() == sequence)) {
      onViolation(
          new Violation(
              Kind.WRONG_ACK,
              topic + ": " + key + " was acknowledged as " + sequence + " and is " + places));
    }
    for (Reading reading : readings.getOrDefault(topic, Map.of()).values()) {
      if (!isAccounted(reading, places, sequence)) {
        onViolation(
            new Violation(
                Kind.LOST, reading + ": " + key + ", acknowledged as " + sequence + ' ' + places));
      }
    }
  }

  private boolean isAccounted(Reading reading, List<Place> places, long sequence) {
    if (places.isEmpty()) {
      return !mayTakeBack && reading.wasToldOf(sequence);
    }
    return places.stream()
        .filter(place -> !mayTakeBack || reading.isIn(place.epoch()))
        .anyMatch(place -> reading.has(place) || reading.wasToldOf(place));
  }

  /// Where a publication is, but for epochs that ended in a failover.
  private List<Place> countingPlaces(String topic, String key) {
    List<Place> places = truth(topic).places(key);
    if (!mayTakeBack) {
      return places;
    }
    Set<String> current = epochs(topic);
    return places.stream().filter(place -> current.contains(place.epoch())).toList();
  }

  /// That readers of a topic are at.
  private Set<String> epochs(String topic) {
    Set<String> epochs = new TreeSet<>();
    for (Reading reading : readings.getOrDefault(topic, Map.of()).values()) {
      Place at = reading.at();
      if (at != null) {
        epochs.add(at.epoch());
      }
    }
    return epochs;
  }

  /// An epoch that ended has ended for everybody.
  private void judgeEpochs(String topic) {
    Set<String> current = epochs(topic);
    if (mayTakeBack && current.size() > 1) {
      onViolation(
          new Violation(Kind.UNANNOUNCED_GAP, topic + ": readers are at the epochs " + current));
    }
  }

  private void judgeRun(String run, int ends) {
    if (ends > 1 || (ends == 0 && !isExcused(run))) {
      onViolation(
          new Violation(
              Kind.UNENDED_RUN, RUN + run + ": " + ends + " ends " + readings.get(RUN + run)));
    }
  }

  /// What came of a run of the suite.
  ///
  /// @param publications acknowledged, counted once a topic
  /// @param gaps announced, by reason
  /// @param violations the first ones
  record Verdict(
      long publications,
      long refused,
      long deliveries,
      long folded,
      long resumed,
      long runs,
      Map<String, Long> gaps,
      Map<Kind, Long> counts,
      List<Violation> violations) {
    boolean isClean() {
      return counts.isEmpty();
    }

    long count(Kind kind) {
      return counts.getOrDefault(kind, 0L);
    }
  }
}
