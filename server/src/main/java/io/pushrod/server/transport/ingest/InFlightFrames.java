package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.AckWriter;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.log.Appended;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryPart;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The publish frames of a connection that are not acknowledged yet, oldest first, bounded by the
/// window.
///
/// **Thread:** one connection.
final class InFlightFrames {
  private final ArrayDeque<InFlight> frames = new ArrayDeque<>();
  private final AckWriter acks = new AckWriter();
  private final int windowBytes;
  private final int windowEvents;
  private final int ackBytes;
  private final MemoryAccount memory;
  private int bytes;
  private int events;
  private @Nullable CloseReason refusal;

  /// @param frameBytes the greatest length of a frame, acks included
  /// @param memory counts the frames
  InFlightFrames(int windowBytes, int windowEvents, int frameBytes, MemoryAccount memory) {
    this.memory = memory;
    this.windowBytes = windowBytes;
    this.windowEvents = windowEvents;
    this.ackBytes = IngestFrame.LENGTH_BYTES + frameBytes;
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  /// @throws ProtocolException when the window has no room for `frame`
  void checkRoom(IngestFrame.Publish frame) {
    long newBytes = (long) bytes + frame.length();
    long newEvents = (long) events + frame.count();
    if (newBytes > windowBytes || newEvents > windowEvents) {
      throw new ProtocolException(
          CloseReason.WINDOW_EXCEEDED,
          "in flight: %d bytes, %d events (expected: <= %d, %d)"
              .formatted(newBytes, newEvents, windowBytes, windowEvents));
    }
  }

  void add(InFlight frame) {
    frames.add(frame);
    memory.add(MemoryPart.INGEST, frame.bytes);
    bytes += frame.bytes;
    events += frame.events;
  }

  /// Forgets the newest frame, which will never be done.
  void removeNewest() {
    remove(frames.removeLast());
  }

  void clear() {
    frames.clear();
    memory.add(MemoryPart.INGEST, -bytes);
    bytes = 0;
    events = 0;
  }

  private void remove(InFlight frame) {
    memory.add(MemoryPart.INGEST, -frame.bytes);
    bytes -= frame.bytes;
    events -= frame.events;
  }

  /// The last sequence that can be acknowledged now, 0 for none.
  long settledUpTo() {
    long settled = 0;
    for (InFlight frame : frames) {
      if (!frame.isDone()) {
        break;
      }
      settled = frame.lastSequence;
    }
    return settled;
  }

  /// Appends acks for the frames that are done, up to the first that is not, or to the first event
  /// that a log refused to a fenced producer.
  void acknowledge(ByteBuf out) {
    InFlight head = frames.peek();
    while (refusal == null && head != null && head.isDone()) {
      remove(frames.remove());
      acknowledge(head, out);
      head = frames.peek();
    }
  }

  /// Why nothing more is acknowledged; null while all is. What was refused is not settled.
  @Nullable CloseReason refusal() {
    return refusal;
  }

  /// When the oldest frame was taken.
  ///
  /// @param none what to answer when there is no frame
  long oldestNanos(long none) {
    InFlight oldest = frames.peek();
    return oldest == null ? none : oldest.takenNanos;
  }

  /// Says of all that their publisher will come with them again.
  void abandon() {
    frames.forEach(InFlight::abandon);
  }

  private void acknowledge(InFlight frame, ByteBuf out) {
    long before = frame.lastSequence - frame.events;
    acks.begin(out);
    int acked = 0;
    while (acked < frame.events) {
      refusal = refusal(frame, acked);
      if (refusal != null) {
        break;
      }
      int topics = topics(frame, acked);
      if (acks.frameBytes() + topics * Long.BYTES > ackBytes) {
        acks.end(before + acked);
        acks.begin(out);
      }
      int place = frame.place(acked);
      for (int t = 0; t < topics; t++) {
        acks.add(place < 0 ? 0 : Math.max(0, frame.batch().outcome(place, t)));
      }
      acked++;
    }
    acks.end(before + acked);
  }

  private static int topics(InFlight frame, int event) {
    int place = frame.place(event);
    return place < 0 ? -1 - place : frame.batch().publications().get(place).topicCount();
  }

  private static @Nullable CloseReason refusal(InFlight frame, int event) {
    int place = frame.place(event);
    if (place < 0) {
      return null;
    }
    for (int t = topics(frame, event) - 1; t >= 0; t--) {
      long outcome = frame.batch().outcome(place, t);
      if (Appended.isFailure(outcome) && !PublishLane.isRejection(outcome)) {
        return refusal(Appended.error(outcome));
      }
    }
    return null;
  }

  /// Only who is fenced stays away: what failed otherwise may be sent again.
  private static CloseReason refusal(ErrorCode code) {
    return switch (code) {
      case STALE_EPOCH -> CloseReason.FENCED;
      case UNAVAILABLE, OUTCOME_UNKNOWN -> CloseReason.STORAGE_UNAVAILABLE;
      default -> CloseReason.INTERNAL_ERROR;
    };
  }
}
