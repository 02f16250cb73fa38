package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.FreePorts;
import io.pushrod.bench.run.Machine;
import io.pushrod.bench.run.Started;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// How long a server takes from its start to its first answer, with the cache of loaded classes and
/// without, beside a program that only greets.
@Command(
    name = "start",
    description = "Starts the server again and again: time, CPU and memory until it answers.",
    mixinStandardHelpOptions = true)
final class Start implements Callable<Integer> {
  /// The first start may have to build, and to make the cache.
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final String MAIN = "io.pushrod.server.Main";

  @Option(names = "--starts", defaultValue = "10", description = "of each kind")
  int starts;

  @Option(
      names = "--cores",
      defaultValue = "0-1023",
      description = "that a server may use, as taskset takes them")
  String cores = "0-1023";

  @Option(names = "--set", description = "a setting of the server, key=value")
  List<String> settings = new ArrayList<>();

  @Option(
      names = "--beside",
      paramLabel = "DIR",
      description = "another checkout, started in the same rounds")
  @Nullable Path beside;

  private final List<Double> foreign = new ArrayList<>();

  /// One way to start, and what it took.
  private record Kind(String name, List<Started> seen) {
    Kind(String name) {
      this(name, new ArrayList<>());
    }

    void addTo(Report report) {
      report
          .compare(name, "to the first answer", "ms", seen.stream().map(Started::millis).toList())
          .compare(name, "CPU by then", "ms", seen.stream().map(Started::cpuMillis).toList())
          .compare(name, "RSS then", "MiB", seen.stream().map(each -> mib(each)).toList());
    }

    private static double mib(Started started) {
      return started.rssBytes() / 1024.0 / 1024.0;
    }
  }

  /// The server of one checkout, and its ways to start.
  private record Checkout(
      Path root, Kind launcherCached, Kind cached, Kind launcherPlain, Kind plain) {
    /// @param of behind the names of its kinds
    Checkout(Path root, String of) {
      this(
          root,
          new Kind("cache, launcher" + of),
          new Kind("cache, JVM" + of),
          new Kind("no cache, launcher" + of),
          new Kind("no cache, JVM" + of));
    }

    List<Kind> kinds() {
      return List.of(launcherCached, cached, launcherPlain, plain);
    }
  }

  private final Kind hello = new Kind("hello");
  private final List<Checkout> checkouts = new ArrayList<>();
  private final List<Kind> kinds = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    checkouts.add(new Checkout(Bench.root(), ""));
    if (beside != null) {
      checkouts.add(new Checkout(beside.toAbsolutePath(), ", beside"));
    }
    kinds.add(hello);
    checkouts.forEach(checkout -> kinds.addAll(checkout.kinds()));
    // What one round leaves in the page cache, the next ones find there.
    round();
    kinds.forEach(kind -> kind.seen.clear());
    foreign.clear();
    for (int i = 0; i < starts; i++) {
      Collections.rotate(checkouts, 1);
      round();
    }
    Report report =
        Bench.report("start", "from start to first answer: %d starts of each".formatted(starts));
    kinds.forEach(kind -> kind.addTo(report));
    if (beside != null) {
      ratios(report);
    }
    report
        .row("foreign CPU", "cores", foreign)
        .fact("launcher", "scripts/pushrod; \"JVM\" is the command that it ends as, started alone")
        .fact("hello", "a java that greets on a socket, with no flags: the JVM's own share");
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  /// In each round: to the first answer, ÷ the same of the other checkout.
  private void ratios(Report report) {
    Checkout own = kinds(Bench.root());
    Checkout other = kinds(beside == null ? Bench.root() : beside.toAbsolutePath());
    for (int i = 0; i < own.kinds().size(); i++) {
      List<Started> ours = own.kinds().get(i).seen;
      List<Started> theirs = other.kinds().get(i).seen;
      report.compare(
          own.kinds().get(i).name,
          "÷ beside",
          "",
          IntStream.range(0, ours.size())
              .mapToObj(n -> ours.get(n).millis() / theirs.get(n).millis())
              .toList());
    }
  }

  private Checkout kinds(Path root) {
    return checkouts.stream().filter(each -> each.root.equals(root)).findFirst().orElseThrow();
  }

  private void round() throws IOException {
    Machine before = Machine.now(List.of());
    hello();
    for (Checkout each : checkouts) {
      launch(each.root, "", each.launcherCached, each.cached);
      launch(each.root, "PUSHROD_AOT=off", each.launcherPlain, each.plain);
    }
    foreign.add(Machine.now(List.of()).foreignSince(before));
  }

  private void hello() throws IOException {
    int port = FreePorts.of(1).getFirst();
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    hello.seen.add(
        started(
            "hello",
            List.of(java, "-cp", classPath(), HelloMain.class.getName(), "" + port),
            port));
  }

  /// The jar that this class is in.
  private static String classPath() {
    return Path.of(Start.class.getProtectionDomain().getCodeSource().getLocation().getPath())
        .toString();
  }

  /// By the launcher, then as the launcher did.
  private void launch(Path root, String environment, Kind byLauncher, Kind byJvm)
      throws IOException {
    Path data = Files.createTempDirectory(Bench.logs(), "data");
    boolean isCached = environment.isEmpty();
    List<String> launcher = new ArrayList<>(List.of("env"));
    launcher.addAll(isCached ? List.of("-u", "PUSHROD_AOT") : List.of(environment));
    launcher.add(root.resolve("scripts/pushrod").toString());
    Started first = serve(launcher, data);
    if (isCached != first.files().stream().anyMatch(file -> file.endsWith(".aot"))) {
      throw new BenchException(
          "cache: "
              + (isCached ? "not used" : "used")
              + " (expected: the opposite; server/target/aot has the log of its making)");
    }
    byLauncher.seen.add(first);
    int arguments = first.command().indexOf(MAIN) + 1;
    byJvm.seen.add(serve(first.command().subList(0, arguments), data));
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  private Started serve(List<String> with, Path data) throws IOException {
    List<Integer> ports = FreePorts.of(3);
    List<String> command = new ArrayList<>(with);
    command.addAll(List.of("serve", "--dev", "--data", data.toString()));
    command.addAll(List.of("--port", "" + ports.get(0), "--ingest-port", "" + ports.get(1)));
    command.addAll(List.of("--admin-port", "" + ports.get(2), "--set", "drain.window=0s"));
    settings.forEach(setting -> command.addAll(List.of("--set", setting)));
    return started("server", command, ports.getFirst());
  }

  private Started started(String name, List<String> command, int port) throws IOException {
    return Started.of(name, Bench.logs(), cores, command, port, PATIENCE);
  }
}
