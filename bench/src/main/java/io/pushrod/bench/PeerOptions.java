package io.pushrod.bench;

import io.pushrod.bench.peer.PeerKind;
import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which other servers are measured in the same blocks.
final class PeerOptions {
  @Option(
      names = "--vs",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Other servers in the same blocks: nchan, node-ws, centrifugo (ws only), mercure (sse only);",
        "joined by commas. docs/benchmarks.md tells how each is set up."
      })
  private List<String> names = new ArrayList<>();

  @Option(
      names = "--vs-if-present",
      description = "Goes on without those of --vs that are not installed.")
  private boolean ifPresent;

  private @Nullable List<PeerKind> chosen;

  /// Those that can run here, in the order given.
  ///
  /// @throws BenchException when one cannot, unless `--vs-if-present` is given
  List<PeerKind> chosen() throws IOException, InterruptedException {
    List<PeerKind> kinds = chosen;
    if (kinds == null) {
      kinds = present(names.stream().distinct().map(PeerKind::of).toList());
      chosen = kinds;
    }
    return kinds;
  }

  private List<PeerKind> present(List<PeerKind> wanted) throws IOException, InterruptedException {
    List<PeerKind> present = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (PeerKind kind : wanted) {
      Optional<String> why = kind.missing(Bench.root());
      why.ifPresentOrElse(missing::add, () -> present.add(kind));
    }
    if (!missing.isEmpty() && !ifPresent) {
      throw new BenchException(
          String.join("\n", missing) + "\n(--vs-if-present goes on without what is missing)");
    }
    missing.forEach(why -> System.err.println(why + "; goes on without it"));
    return present;
  }
}
