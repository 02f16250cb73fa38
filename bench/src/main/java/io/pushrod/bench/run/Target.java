package io.pushrod.bench.run;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What readers read from and what is measured.
public interface Target extends AutoCloseable {
  /// Also the name of its group of readers.
  String name();

  /// The processes whose CPU counts; empty when they run elsewhere.
  List<Long> pids();

  /// How readers get in.
  Door door(Transport transport) throws IOException, InterruptedException;

  /// Whether it is another's server: a flaw of it leaves the figures of the others standing.
  default boolean isPeer() {
    return false;
  }

  /// Where its metrics are; null when it has none that we know.
  default @Nullable PushrodAddress admin() {
    return null;
  }

  /// Called when all readers are open.
  default void ready() throws IOException, InterruptedException {}

  /// Whether it gets faster while it runs, as what is compiled on the way does.
  default boolean warmsUp() {
    return true;
  }

  /// Sends events to all readers at fixed points in time, open loop: a late one does not delay the
  /// schedule.
  ///
  /// @return how many events were sent after the next one was due
  long drive(Load load) throws IOException, InterruptedException;

  @Override
  void close() throws IOException;
}
