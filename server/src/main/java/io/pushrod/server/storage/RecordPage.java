package io.pushrod.server.storage;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;

/// Records of one topic whose sequences follow each other, back to back, each as
/// [io.pushrod.server.log.EventRecord] writes it.
///
/// **Thread:** any; immutable once made. Its bytes are on the heap: nobody releases them.
public final class RecordPage {
  /// A record that outlived what was stored around it.
  ///
  /// @param bytes an [io.pushrod.server.log.EventRecord]
  public record Shelved(long sequence, ByteBuf bytes) {}

  private static final int[] NO_ENDS = {};

  private final long firstStored;
  private final long first;
  private final ByteBuf bytes;
  private final int[] ends;
  private final List<Shelved> shelved;

  private RecordPage(
      long firstStored, long first, ByteBuf bytes, int[] ends, List<Shelved> shelved) {
    this.firstStored = firstStored;
    this.first = first;
    this.bytes = bytes;
    this.ends = ends;
    this.shelved = List.copyOf(shelved);
  }

  /// A page without records.
  ///
  /// @param firstStored the oldest sequence stored of the topic
  public static RecordPage empty(long firstStored) {
    return new RecordPage(firstStored, firstStored, Unpooled.EMPTY_BUFFER, NO_ENDS, List.of());
  }

  /// The oldest sequence stored of the topic when the page was read.
  public long firstStored() {
    return firstStored;
  }

  /// The sequence of the first record.
  public long first() {
    return first;
  }

  /// The sequence of the last record; `first() - 1` when there is none.
  public long last() {
    return first + ends.length - 1;
  }

  public int count() {
    return ends.length;
  }

  /// Where the record at `index` begins in [#bytes].
  public int start(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  /// Where it ends.
  public int end(int index) {
    return ends[index];
  }

  public ByteBuf bytes() {
    return bytes;
  }

  /// Lifecycle events before [#firstStored] that are still known, in order.
  public List<Shelved> shelved() {
    return shelved;
  }

  /// Puts a page together. **Thread:** one.
  public static final class Builder {
    private final ByteBuf bytes = Unpooled.buffer();
    private final long first;
    private int[] ends = new int[16];
    private int count;

    /// @param first the sequence of the first record
    public Builder(long first) {
      this.first = first;
    }

    /// Where the next record is to be written.
    public ByteBuf out() {
      return bytes;
    }

    /// The record that was written to [#out] is complete.
    public void add() {
      ends = count == ends.length ? Arrays.copyOf(ends, 2 * count) : ends;
      ends[count++] = bytes.writerIndex();
    }

    public int count() {
      return count;
    }

    public int byteCount() {
      return bytes.writerIndex();
    }

    public RecordPage build(long firstStored, List<Shelved> shelved) {
      return new RecordPage(firstStored, first, bytes, Arrays.copyOf(ends, count), shelved);
    }
  }
}
