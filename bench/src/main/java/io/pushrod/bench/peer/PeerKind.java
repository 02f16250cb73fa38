package io.pushrod.bench.peer;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The servers that `--vs` knows.
public enum PeerKind {
  NCHAN("nchan") {
    @Override
    public Optional<String> missing(Path root) {
      return Nchan.missing();
    }

    @Override
    public Peer start(Setup setup) throws IOException, InterruptedException {
      return Nchan.start(setup);
    }
  },
  NODE_WS("node-ws") {
    @Override
    public Optional<String> missing(Path root) throws IOException, InterruptedException {
      return NodeWs.missing(root);
    }

    @Override
    public Peer start(Setup setup) throws IOException, InterruptedException {
      return NodeWs.start(setup);
    }
  },
  CENTRIFUGO("centrifugo") {
    @Override
    public Optional<String> missing(Path root) {
      return Centrifugo.missing();
    }

    @Override
    public Peer start(Setup setup) throws IOException, InterruptedException {
      return Centrifugo.start(setup);
    }
  },
  MERCURE("mercure") {
    @Override
    public Optional<String> missing(Path root) {
      return Mercure.missing();
    }

    @Override
    public Peer start(Setup setup) throws IOException, InterruptedException {
      return Mercure.start(setup);
    }
  };

  private final String label;

  PeerKind(String label) {
    this.label = label;
  }

  /// The name in options and tables.
  public String label() {
    return label;
  }

  /// @throws BenchException for anything but a label
  public static PeerKind of(String label) {
    return Stream.of(values())
        .filter(kind -> kind.label.equals(label))
        .findFirst()
        .orElseThrow(
            () ->
                new BenchException(
                    "--vs: "
                        + label
                        + " (expected: "
                        + Stream.of(values()).map(PeerKind::label).collect(Collectors.joining(", "))
                        + ")"));
  }

  /// What keeps it from running here, with how to get it; empty when it can run. May install what
  /// npm has.
  ///
  /// @param root of the repository
  public abstract Optional<String> missing(Path root) throws IOException, InterruptedException;

  public abstract Peer start(Setup setup) throws IOException, InterruptedException;
}
