package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Renders a stretch of a log for one reader with adjacent deltas joined and outdated states left
/// out.
///
/// A joined event covers `from_seq` to `seq`. It has the id and sequence of its last part and
/// everything else of its first. No text is lost, order is kept, and the sequences that the output
/// covers have no holes.
///
/// **Thread:** one shard.
/* A window of the log is read twice: first for the states that a later one replaces, then to write. Folding is bound to the
 * window, so its cost and its output are bounded by the window's bytes. Joining works on raw JSON: the escaped bodies of
 * two strings, one behind the other, are the escaped body of the joined string. */
final class Folder {
  /// Stands for the sequence of a state that needs those before it.
  private static final long PATCHED = 0;

  private final ShardMetrics metrics;
  private final List<Segment> window = new ArrayList<>();
  private final Map<String, Long> newestStates = new HashMap<>();
  private final Set<Long> outdated = new HashSet<>();
  private final ByteBuf json = Unpooled.buffer(4096);
  private final ByteBuf text = Unpooled.buffer(4096);
  private StoredEvent first = new StoredEvent();
  private StoredEvent next = new StoredEvent();
  private long firstSequence;
  private long lastSequence;
  private int joined;
  private String joinedType = "";

  /// The first sequence that was left out and not yet covered by an event; 0 for none.
  private long uncovered;

  Folder(ShardMetrics metrics) {
    this.metrics = metrics;
  }

  /// Appends what follows `cursor` up to `until` or `limitBytes` of the log.
  ///
  /// @return the reader's new cursor; the old one when there is nothing to read or it was trimmed
  long fold(
      TopicLog log,
      long cursor,
      long until,
      EventFormat format,
      EventFilter filter,
      int limitBytes,
      ByteBuf out) {
    long end = take(log, cursor, Math.min(until, log.lastSequence()), limitBytes);
    try {
      if (end == cursor) {
        return cursor;
      }
      findOutdatedStates(cursor, end, filter);
      joined = 0;
      uncovered = 0;
      long next = cursor + 1;
      for (Segment segment : window) {
        long to = Math.min(end, segment.lastSequence());
        for (; next <= to; next++) {
          int index = (int) (next - segment.firstSequence());
          if (filter.admits(segment.type(index))) {
            add(log, segment, index, format, out);
          }
        }
      }
      flush(log, format, out);
      return end;
    } finally {
      window.forEach(Segment::release);
      window.clear();
      newestStates.clear();
      outdated.clear();
    }
  }

  /// Takes references to the segments of the window, each of which goes on where the one before
  /// ends, and may begin before: a page of older events overlaps what is in memory.
  private long take(TopicLog log, long cursor, long until, int limitBytes) {
    long end = cursor;
    int bytes = 0;
    while (end < until && bytes < limitBytes) {
      Segment segment = log.acquire(end + 1);
      if (segment == null) {
        return end;
      }
      window.add(segment);
      long last = Math.min(until, segment.lastSequence());
      while (end < last && bytes < limitBytes) {
        int index = (int) (end + 1 - segment.firstSequence());
        bytes += segment.endOf(index) - segment.start(index);
        end++;
      }
    }
    return end;
  }

  /// A whole state is outdated when the next state of its key is whole too. One that a patch
  /// follows stays, as the patch needs it.
  private void findOutdatedStates(long cursor, long end, EventFilter filter) {
    long sequence = cursor + 1;
    for (Segment segment : window) {
      long to = Math.min(end, segment.lastSequence());
      for (; sequence <= to; sequence++) {
        int index = (int) (sequence - segment.firstSequence());
        EventType type = segment.type(index);
        if (type.eventClass() == EventClass.STATE && filter.admits(type)) {
          next.locate(segment, index);
          boolean whole = next.isWholeState();
          Long before = newestStates.put(next.stateKey(type.name()), whole ? sequence : PATCHED);
          if (whole && before != null && before != PATCHED) {
            outdated.add(before);
          }
        }
      }
    }
  }

  private void add(TopicLog log, Segment segment, int index, EventFormat format, ByteBuf out) {
    EventType type = segment.type(index);
    next.locate(segment, index);
    if (type.eventClass() == EventClass.STATE && outdated.contains(next.sequence)) {
      metrics.count(Counter.EVENTS_FOLDED);
      leaveOut(next.sequence);
      return;
    }
    boolean isDelta = type.eventClass() == EventClass.DELTA && next.findText();
    if (joined > 0) {
      if (isDelta && joinedType.equals(type.name()) && first.continuedBy(next)) {
        next.text.writeText(text);
        first.text.advance(next.text);
        lastSequence = next.sequence;
        joined++;
        metrics.count(Counter.EVENTS_FOLDED);
        return;
      }
      flush(log, format, out);
    }
    if (isDelta) {
      joinedType = type.name();
      begin();
    } else {
      long from = uncovered == 0 ? next.sequence : uncovered;
      uncovered = 0;
      json.clear();
      json.writeBytes(next.bytes, next.topic, next.end - next.topic);
      write(log, format, from, next.sequence, out);
    }
  }

  /// An event that is left out is covered by the one written next; while a text is being joined
  /// that is the text itself.
  private void leaveOut(long sequence) {
    if (joined > 0) {
      lastSequence = sequence;
    } else if (uncovered == 0) {
      uncovered = sequence;
    }
  }

  private void begin() {
    StoredEvent begun = next;
    next = first;
    first = begun;
    joined = 1;
    firstSequence = uncovered == 0 ? first.sequence : uncovered;
    lastSequence = first.sequence;
    uncovered = 0;
    text.clear();
    first.text.writeText(text);
  }

  private void flush(TopicLog log, EventFormat format, ByteBuf out) {
    if (joined > 0) {
      json.clear();
      first.text.writeAround(text, first.topic, first.end, json);
      write(log, format, firstSequence, lastSequence, out);
      joined = 0;
    }
  }

  /// Writes the event whose JSON from `,"topic"` on is in `json`.
  private void write(TopicLog log, EventFormat format, long from, long sequence, ByteBuf out) {
    String head =
        "{\"id\":\""
            + new Cursor(log.epoch(), sequence)
            + "\",\"seq\":"
            + sequence
            + (from < sequence ? ",\"from_seq\":" + from : "");
    ByteBuf event =
        Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(head.getBytes(US_ASCII)), json.slice());
    metrics.count(Counter.DELIVERIES);
    format.append(out, log, sequence, event, 0, event.readableBytes());
  }
}
