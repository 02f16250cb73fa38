package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// A run of events as the bytes that one write carries: a piece of a segment, or rendered for a
/// format and a filter.
///
/// **Thread:** one shard. Reused; between [#read] and [#release] it holds a reference to its bytes.
public final class EventRange {
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(0);
  private static final int[] NO_ENDS = {};
  private static final long[] NO_SEQUENCES = {};
  private static final int FIRST_ENDS = 16;

  private final ByteBufAllocator allocator;
  private @Nullable Segment segment;
  private @Nullable ByteBuf rendered;
  private ByteBuffer renderedView = NOTHING;
  private long renderedAddress;
  private ByteBuffer view = NOTHING;
  private int offset;
  private int length;
  private int firstIndex;
  private int events;
  private int logBytes;
  private long lastSequence;
  private int[] ends = NO_ENDS;
  private long[] sequences = NO_SEQUENCES;

  public EventRange(ByteBufAllocator allocator) {
    this.allocator = allocator;
  }

  /// Takes what follows `cursor`, up to the end of its segment, `until`, or about `limitBytes`, but
  /// at least one event.
  ///
  /// @return false when there is nothing, or it was trimmed
  public boolean read(
      TopicLog log,
      long cursor,
      long until,
      EventFormat format,
      EventFilter filter,
      int limitBytes) {
    Segment source = log.acquire(cursor + 1);
    if (source == null) {
      return false;
    }
    segment = source;
    firstIndex = (int) (cursor + 1 - source.firstSequence());
    int limit = (int) Math.min(source.count(), until - source.firstSequence() + 1);
    int start = source.start(firstIndex);
    int end = firstIndex;
    int admitted = 0;
    int longest = 0;
    while (end < limit && (end == firstIndex || source.endOf(end) - start <= limitBytes)) {
      admitted += filter.admits(source.type(end)) ? 1 : 0;
      longest = Math.max(longest, source.endOf(end) - source.start(end));
      end++;
    }
    events = admitted;
    logBytes = source.start(end) - start;
    lastSequence = source.firstSequence() + end - 1;
    if (admitted == end - firstIndex && format.isLogForm(longest)) {
      view = source.view();
      offset = start;
      length = source.start(end) - start;
    } else {
      render(log, source, end, format, filter);
    }
    return true;
  }

  private void render(
      TopicLog log, Segment source, int end, EventFormat format, EventFilter filter) {
    ByteBuf out = scratch(source.start(end) - source.start(firstIndex));
    int n = 0;
    format.beginJoined(out);
    if (ends.length < events) {
      ends = Arrays.copyOf(ends, Math.max(events, Math.max(FIRST_ENDS, 2 * ends.length)));
      sequences = Arrays.copyOf(sequences, ends.length);
    }
    for (int i = firstIndex; i < end; i++) {
      if (filter.admits(source.type(i))) {
        int at = source.start(i);
        int json = at + FrameLayout.headerLength(source.bytes(), at);
        long sequence = source.firstSequence() + i;
        format.append(out, log, sequence, source.bytes(), json, source.endOf(i) - json);
        sequences[n] = sequence;
        ends[n++] = out.writerIndex();
      }
    }
    format.endJoined(out);
    if (format.isJoined()) {
      Arrays.fill(ends, 0, n, out.writerIndex());
      Arrays.fill(sequences, 0, n, source.firstSequence() + end - 1);
    }
    source.release();
    segment = null;
    offset = 0;
    length = out.writerIndex();
    view = viewOf(out);
  }

  /// The whole buffer from 0 on. Made anew only when the buffer grew, which is when its memory
  /// moved.
  private ByteBuffer viewOf(ByteBuf out) {
    if (renderedView.capacity() != out.capacity()) {
      renderedView = out.nioBuffer(0, out.capacity());
      renderedAddress = MemorySegment.ofBuffer(renderedView).address();
    }
    return renderedView;
  }

  /// A rendered buffer that somebody still holds is left to them.
  private ByteBuf scratch(int bytes) {
    ByteBuf out = rendered;
    if (out == null || out.refCnt() > 1) {
      if (out != null) {
        out.release();
      }
      out = allocator.directBuffer(Math.max(4096, bytes + bytes / 4));
      rendered = out;
      renderedView = NOTHING;
    }
    return out.clear();
  }

  /// Gives the bytes back; a rendered buffer stays for the next read.
  public void release() {
    if (segment != null) {
      segment.release();
      segment = null;
    }
    view = NOTHING;
    length = 0;
  }

  /// Frees the rendered buffer too.
  public void close() {
    release();
    if (rendered != null) {
      rendered.release();
      rendered = null;
    }
  }

  public ByteBuf bytes() {
    if (segment != null) {
      return segment.bytes();
    }
    if (rendered != null) {
      return rendered;
    }
    throw new IllegalStateException("range: empty (expected: read before)");
  }

  public ByteBuffer view() {
    return view;
  }

  public int offset() {
    return offset;
  }

  /// Where the bytes begin in memory.
  public long address() {
    return offset + (segment != null ? segment.address() : renderedAddress);
  }

  /// Whether the bytes lie in a buffer of its own, not in the log.
  public boolean isRendered() {
    return segment == null;
  }

  /// Bytes of that buffer, which stays when it is not in use.
  public int renderedCapacity() {
    return rendered == null ? 0 : rendered.capacity();
  }

  /// Bytes to write; 0 when the filter admits none of the events.
  public int length() {
    return length;
  }

  /// Bytes of the log that were read for it. Rendering costs time by these, however few come out.
  public int logBytes() {
    return logBytes;
  }

  /// How many events the bytes hold.
  public int events() {
    return events;
  }

  /// The cursor of a reader that has got all of it; events that the filter left out count as got.
  public long lastSequence() {
    return lastSequence;
  }

  /// The sequence of the event that holds the byte after `written` ones.
  public long sequenceAt(int written) {
    return segment != null
        ? segment.firstSequence() + indexAt(written)
        : sequences[renderedIndexAt(written)];
  }

  /// How many events there are up to that one and with it.
  public int eventsUntil(int written) {
    return 1 + (segment != null ? indexAt(written) - firstIndex : renderedIndexAt(written));
  }

  /// How many bytes lie before the end of that event.
  public int endAt(int written) {
    return segment != null
        ? segment.endOf(indexAt(written)) - offset
        : ends[renderedIndexAt(written)];
  }

  private int indexAt(int written) {
    Segment source = segment;
    if (source == null) {
      throw new IllegalStateException("range: rendered (expected: a segment's)");
    }
    int low = firstIndex;
    int high = (int) (lastSequence - source.firstSequence());
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (source.endOf(middle) - offset > written) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  private int renderedIndexAt(int written) {
    int index = Arrays.binarySearch(ends, 0, events, written + 1);
    return index >= 0 ? index : -index - 1;
  }
}
