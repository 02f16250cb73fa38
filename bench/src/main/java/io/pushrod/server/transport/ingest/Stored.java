package io.pushrod.server.transport.ingest;

import io.pushrod.server.hub.Storage;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.DiskTopics;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where the events of a benchmark are stored.
///
/// @param aheadEvents that may be on their way to it
record Stored(Storage storage, long aheadEvents) implements AutoCloseable {
  private static final long RESIDENT_BYTES = 1 << 20;

  static Stored open(String name) {
    return switch (name) {
      case "memory" -> new Stored(Storage.NONE, 0);
      case "handed-over" -> new Stored(of(new Forgetful()), 0);
      default ->
          throw new IllegalArgumentException("store: " + name + " (expected: memory, handed-over)");
    };
  }

  private static Storage of(DiskTopics disk) {
    return new Storage(disk, null, RESIDENT_BYTES, _ -> true);
  }

  @Override
  public void close() {
    if (storage.disk() != null) {
      storage.disk().close();
    }
  }

  /// Keeps nothing, and says at once that it did.
  private static final class Forgetful implements DiskTopics {
    @Override
    public void commit(Commit commit) {
      commit.done();
    }

    @Override
    public void onTrim(TrimListener listener) {}

    @Override
    public void open(TopicKey key, int tailBytes, Consumer<Opened> answer) {
      answer.accept(new Opened.None());
    }

    @Override
    public void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer) {
      answer.accept(new Answer.Failed("nothing is kept"));
    }

    @Override
    public @Nullable String obstacle() {
      return null;
    }

    @Override
    public boolean isOut() {
      return false;
    }

    @Override
    public boolean isFull() {
      return false;
    }

    @Override
    public void close() {}
  }
}
