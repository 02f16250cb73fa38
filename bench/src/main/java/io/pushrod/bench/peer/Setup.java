package io.pushrod.bench.peer;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.EventShape;
import io.pushrod.bench.run.Topics;
import java.nio.file.Path;

/// What a peer is started with.
///
/// @param root of the repository
/// @param logs where it logs and has its temporary folder
/// @param topics each reader reads one of them
/// @param shape of the events that it carries
/// @param maxSeconds after which it is ended by force
public record Setup(Path root, Path logs, Topics topics, EventShape shape, int maxSeconds) {
  public Setup {
    if (topics.perReader() > 1) {
      throw new BenchException(
          "topics per reader: " + topics.perReader() + " (expected: 0 or 1 beside other servers)");
    }
  }
}
