package io.pushrod.bench;

import io.pushrod.bench.peer.Peer;
import io.pushrod.bench.peer.PeerKind;
import io.pushrod.bench.peer.Setup;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Contest;
import io.pushrod.bench.run.EventShape;
import io.pushrod.bench.run.Floor;
import io.pushrod.bench.run.FloorProgram;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Scene;
import io.pushrod.bench.run.Target;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// How servers are held against the floor, for the commands that do.
final class ContestOptions {
  /// Of one block.
  private static final int MAX_SECONDS = 300;

  @Mixin private ServerOptions server = new ServerOptions();

  @Mixin private PeerOptions peers = new PeerOptions();

  /// Starts what is held against a server of ours, besides the floor.
  interface Companion {
    Target start(
        Path root, Path logs, Variant variant, Topics topics, int eventBytes, int maxSeconds)
        throws IOException, InterruptedException;
  }

  private final Map<String, String> versions = new LinkedHashMap<>();

  /// Names of companions, each with the server that it is held against.
  private final Map<String, String> companions = new LinkedHashMap<>();

  @Option(names = "--bytes", description = "Size of an event's JSON (${DEFAULT-VALUE}).")
  private int bytes = 200;

  @Option(names = "--seconds", description = "Of a measured window (${DEFAULT-VALUE}).")
  private int seconds = 5;

  @Option(names = "--blocks", description = "How many are kept (${DEFAULT-VALUE}).")
  private int blocks = 5;

  @Option(
      names = "--foreign",
      paramLabel = "PERCENT",
      description =
          "A block is measured again if others took more than this percentage of a core"
              + " (${DEFAULT-VALUE}).")
  private int foreignPercent = 10;

  @Option(
      names = "--floor",
      paramLabel = "c|java",
      description =
          "The program that servers are held against: in C, or the same in Java through the FFM API"
              + " (auto: C where a compiler is there).")
  private String floor = "auto";

  ServerOptions server() {
    return server;
  }

  int bytes() {
    return bytes;
  }

  int blocks() {
    return blocks;
  }

  int seconds() {
    return seconds;
  }

  /// Measures servers and floor, and makes the report of it.
  ///
  /// @param name of the command, with its transport
  /// @param title what the scene is
  /// @throws BenchException when a reader missed, repeated or altered an event
  Report measure(String name, String title, Scene scene) throws IOException, InterruptedException {
    return measure(name, title, scene, null);
  }

  /// The same with one more target for each server, whose CPU per delivery is also held against the
  /// server's.
  Report measure(String name, String title, Scene scene, @Nullable Companion companion)
      throws IOException, InterruptedException {
    FloorProgram program = FloorProgram.choose(floor, Bench.target().resolve("floor"));
    peers.chosen();
    Contest.Result result = hold(name, scene, program, companion);
    Report report = Bench.report(name, title + ", %d blocks of %d s".formatted(blocks, seconds));
    ContestReport.write(report, result, companions);
    versions.forEach(report::fact);
    return report
        .fact(
            "discarded blocks",
            "%d, others took more than %d %% of a core"
                .formatted(result.discarded(), foreignPercent))
        .fact("floor", program.label())
        .verified(
            "every delivery of "
                + String.join(", ", result.targets())
                + ", in sequence and byte by byte");
  }

  private Contest.Result hold(
      String name, Scene scene, FloorProgram program, @Nullable Companion companion)
      throws IOException, InterruptedException {
    int perVariant = companion == null ? 1 : 2;
    int targets = perVariant * server.variants().size() + peers.chosen().size() + 1;
    try (Progress progress = Progress.start(name, blocks * (1 + 2 * targets));
        Readers readers = Readers.start(Bench.logs(), 2 * MAX_SECONDS * blocks)) {
      return new Contest(
              scene,
              new Contest.Rules(blocks, foreignPercent),
              (cast, spoiled) -> start(cast, spoiled, scene, program, companion),
              audience(progress))
          .run(readers);
    }
  }

  private static Contest.Audience audience(Progress progress) {
    return new Contest.Audience() {
      @Override
      public void step(String now) {
        progress.step(now);
      }

      @Override
      public void block(String result) {
        progress.aside(() -> System.out.println(result));
      }
    };
  }

  /// The servers, the peers, then the floor, whose message is like those of the first server.
  private void start(
      List<Target> targets,
      Set<String> spoiled,
      Scene scene,
      FloorProgram program,
      @Nullable Companion companion)
      throws IOException, InterruptedException {
    int readers = scene.crowd().readers();
    for (Variant variant : server.variants()) {
      targets.add(server.open(variant, scene.topics(), bytes, readers, MAX_SECONDS));
      if (companion != null) {
        Target beside =
            companion.start(
                Bench.root(), Bench.logs(), variant, scene.topics(), bytes, MAX_SECONDS);
        targets.add(beside);
        companions.put(beside.name(), variant.name());
      }
    }
    EventShape shape = ((Pushrod) targets.getFirst()).shape();
    for (PeerKind kind : peers.chosen()) {
      if (!spoiled.contains(kind.label())) {
        Peer peer =
            kind.start(new Setup(Bench.root(), Bench.logs(), scene.topics(), shape, MAX_SECONDS));
        targets.add(peer);
        versions.put(peer.name(), peer.version());
      }
    }
    targets.add(
        Floor.start(
            program,
            Bench.logs(),
            shape,
            scene.topics(),
            readers,
            scene.eventsPerTopic(),
            MAX_SECONDS));
  }
}
