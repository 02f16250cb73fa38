package io.pushrod.bench.run;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Blocks in which targets are measured beside each other: each starts all of them afresh, warms
/// them up, and measures one window of each, in turns of order.
///
/// **Thread:** one.
public final class Contest {
  /// Starts what a block measures.
  public interface Cast {
    /// Adds targets in the order of the tables; what was added is closed with the block, also when
    /// a later one fails to start.
    ///
    /// @param spoiled names of peers that are measured no more
    void start(List<Target> targets, Set<String> spoiled) throws IOException, InterruptedException;
  }

  /// Told how far the contest is.
  public interface Audience {
    /// @param now what begins, such as "block 2 of 5: floor warms up"
    void step(String now);

    /// What came out of a block.
    void block(String result);
  }

  /// @param blocks to keep; as many may be discarded
  /// @param foreignPercent of a core: a block is discarded if other processes took more
  public record Rules(int blocks, int foreignPercent) {
    public Rules {
      if (blocks < 1) {
        throw new BenchException("blocks: " + blocks + " (expected: 1 or more)");
      }
    }
  }

  /// @param blocks by target, in the order of the cast
  /// @param spoiled peers that lost, repeated or altered an event, and what; they have no figures
  public record Result(List<Map<String, Turn>> blocks, int discarded, Map<String, String> spoiled) {
    public List<String> targets() {
      return blocks.getFirst().keySet().stream()
          .filter(target -> !spoiled.containsKey(target))
          .toList();
    }

    /// Of one target in every block.
    public List<Turn> turns(String target) {
      return blocks.stream().map(block -> requireNonNull(block.get(target))).toList();
    }
  }

  /// A target that is warm, and the seconds it took.
  private record Seat(Target target, int warmUp) {}

  private final Scene scene;
  private final Rules rules;
  private final Cast cast;
  private final Audience audience;
  private final Map<String, String> spoiled = new LinkedHashMap<>();

  public Contest(Scene scene, Rules rules, Cast cast, Audience audience) {
    this.scene = scene;
    this.rules = rules;
    this.cast = cast;
    this.audience = audience;
  }

  /// @throws BenchException when a reader missed, repeated or altered an event, or when the machine
  ///   is not quiet enough
  public Result run(Readers readers) throws IOException, InterruptedException {
    List<Map<String, Turn>> kept = new ArrayList<>();
    int discarded = 0;
    while (kept.size() < rules.blocks) {
      Map<String, Turn> block = block(readers, kept.size());
      double foreign = 100 * foreign(block);
      boolean disturbed = foreign > rules.foreignPercent;
      audience.block(line(kept.size() + 1, block, foreign, disturbed));
      if (!disturbed) {
        kept.add(block);
      } else if (++discarded > rules.blocks) {
        throw new BenchException(
            "foreign CPU: above %d %% of a core in %d blocks (expected: a quiet machine)"
                .formatted(rules.foreignPercent, discarded));
      }
    }
    return new Result(kept, discarded, spoiled);
  }

  private static double foreign(Map<String, Turn> block) {
    return block.values().stream().mapToDouble(t -> t.window().foreignShare()).max().orElse(0);
  }

  private static String line(
      int number, Map<String, Turn> block, double foreign, boolean discarded) {
    StringBuilder line = new StringBuilder("block " + number + ":");
    block.forEach(
        (name, turn) ->
            line.append(
                " %s %.2f µs (%.3f),"
                    .formatted(name, turn.window().cpuMicrosPerDelivery(), turn.ratio())));
    return "%s foreign CPU %.0f %%%s".formatted(line, foreign, discarded ? " – discarded" : "");
  }

  private Map<String, Turn> block(Readers readers, int number)
      throws IOException, InterruptedException {
    List<Target> targets = new ArrayList<>();
    String where = "block %d of %d: ".formatted(number + 1, rules.blocks);
    try {
      audience.step(where + "targets start");
      cast.start(targets, spoiled.keySet());
      List<Seat> seats = new ArrayList<>();
      for (Target target : targets) {
        audience.step(where + target.name() + " warms up");
        try {
          seats.add(seat(target, readers));
        } catch (BenchException e) {
          spoil(target, e);
        }
      }
      Collections.rotate(seats, number);
      Map<String, Turn> turns = new HashMap<>();
      for (Seat seat : seats) {
        audience.step(where + seat.target.name() + " is measured");
        try {
          turns.put(seat.target.name(), Turn.measure(seat.target, readers, scene, seat.warmUp));
        } catch (BenchException e) {
          spoil(seat.target, e);
        }
      }
      for (Target target : targets) {
        readers.close(target.name());
      }
      return compared(targets, turns);
    } finally {
      for (Target target : targets) {
        target.close();
      }
    }
  }

  /// A peer that loses, repeats or alters an event gets no figures; anything else ends the run.
  private void spoil(Target target, BenchException flaw) {
    if (!target.isPeer()) {
      throw flaw;
    }
    spoiled.put(target.name(), String.valueOf(flaw.getMessage()));
    audience.block(target.name() + ": INVALID, no figures: " + flaw.getMessage());
  }

  private Seat seat(Target target, Readers readers) throws IOException, InterruptedException {
    scene.crowd().enter(target, readers);
    return new Seat(target, WarmUp.run(target, readers, scene.readersPerEvent(), scene.second()));
  }

  private static Map<String, Turn> compared(List<Target> targets, Map<String, Turn> turns) {
    double floor =
        targets.stream()
            .filter(target -> target instanceof Floor)
            .map(target -> requireNonNull(turns.get(target.name())))
            .mapToDouble(turn -> turn.window().cpuMicrosPerDelivery())
            .findFirst()
            .orElse(Double.NaN);
    Map<String, Turn> inOrder = new LinkedHashMap<>();
    for (Target target : targets) {
      Turn turn = turns.get(target.name());
      if (turn != null) {
        inOrder.put(target.name(), turn.dividedBy(floor));
      }
    }
    return inOrder;
  }
}
