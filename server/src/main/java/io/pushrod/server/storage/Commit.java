package io.pushrod.server.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Changes of topics that are stored together.
///
/// **Thread:** filled by one shard, then handed over.
public final class Commit {
  /// One change of one topic, whose log begins with the first change of its epoch.
  public sealed interface Change {
    TopicKey key();

    long epoch();

    /// @param offset of the record in [Commit#bytes]
    /// @param lifecycle whether it is kept longer than the rest
    /// @param producer whose retry of it is to be known; null for none
    /// @param seals whether it is the last of its topic
    /// @param keeps whether from it on the log keeps some types only
    record Event(
        TopicKey key,
        long epoch,
        long sequence,
        int offset,
        int length,
        boolean lifecycle,
        @Nullable Producer producer,
        long producerSequence,
        boolean seals,
        boolean keeps)
        implements Change {}

    /// Something of a producer was taken that has no sequence.
    record Noted(TopicKey key, long epoch, Producer producer, long producerSequence)
        implements Change {}

    record Declared(TopicKey key, long epoch, Readers readers) implements Change {}
  }

  /// Keys and numbers of one change.
  private static final int CHANGE_BYTES = 64;

  private final List<Change> changes = new ArrayList<>();
  private final ByteBuf bytes = Unpooled.buffer(1024);
  private final Runnable committed;

  /// @param committed runs on any thread once all is stored
  public Commit(Runnable committed) {
    this.committed = committed;
  }

  public void add(Change change) {
    changes.add(change);
  }

  public List<Change> changes() {
    return changes;
  }

  /// Where records lie; on the heap.
  public ByteBuf bytes() {
    return bytes;
  }

  public boolean isEmpty() {
    return changes.isEmpty();
  }

  /// About how much it takes to store it.
  public int byteCount() {
    return bytes.writerIndex() + CHANGE_BYTES * changes.size();
  }

  /// For the store: all is stored.
  public void done() {
    committed.run();
  }
}
