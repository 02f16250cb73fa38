package io.pushrod.client;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Ack;
import io.pushrod.codec.ingest.IngestFrame.Reject;
import io.pushrod.codec.ingest.IngestFrame.Welcome;
import io.pushrod.codec.ingest.IngestFrame.Window;
import io.pushrod.codec.ingest.PublishWriter;
import java.util.List;
import java.util.Queue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The producer's side of the protocol without its socket: sequences, window, batches, acks.
///
/// A publication waits in the inbox without a sequence, gets the next one when it is first written,
/// and keeps it until it is settled. After a reconnect, everything that has a sequence is written
/// again from the oldest.
///
/// **Thread:** the publisher's loop; only the inbox is shared.
final class ProducerStream {
  /// What a publish frame needs beside its events, as its length field counts.
  private static final int FRAME_HEAD_BYTES =
      PublishWriter.OVERHEAD_BYTES - IngestFrame.LENGTH_BYTES;

  private final Queue<Pending> inbox;
  private final InFlightBound bound;
  private final int batchBytes;
  private final PublishWriter writer = new PublishWriter();

  /// What has a sequence: from `settledSequence + 1` on, without holes.
  private final PendingRing numbered = new PendingRing();

  private long settledSequence;

  /// How many of `numbered`, from the oldest, were written on this connection; and their bytes.
  private int sent;

  private long sentBytes;

  private int maxFrameBytes;
  private int maxEventBytes;
  private int windowBytes;
  private int windowEvents;

  ProducerStream(Queue<Pending> inbox, InFlightBound bound, int batchBytes) {
    this.inbox = inbox;
    this.bound = bound;
    this.batchBytes = batchBytes;
  }

  /// Starts over on a new connection.
  ///
  /// @throws PublisherClosed when an event that has a sequence has no room within the limits of
  ///   this server
  void onWelcome(Welcome welcome) {
    sent = 0;
    sentBytes = 0;
    maxFrameBytes = welcome.maxFrameBytes();
    windowBytes = welcome.windowBytes();
    windowEvents = welcome.windowEvents();
    int frameRoom = Math.min(maxFrameBytes - FRAME_HEAD_BYTES, windowBytes);
    maxEventBytes = Math.min(welcome.maxEventBytes(), frameRoom);
    for (int i = 0; i < numbered.size(); i++) {
      if (numbered.at(i).bytes > frameRoom) {
        throw new PublisherClosed(
            CloseReason.FRAME_TOO_BIG,
            "event to resend: " + numbered.at(i).bytes + " bytes (expected: <= " + frameRoom + ")");
      }
    }
  }

  void onWindow(Window window) {
    windowBytes = window.bytes();
    windowEvents = window.events();
  }

  /// Whether everything that was accepted is settled.
  boolean isEmpty() {
    return numbered.size() == 0 && inbox.isEmpty();
  }

  /// Whether an event was written on this connection, or is settled.
  boolean isSent(Pending pending) {
    return pending.sequence != 0 && pending.sequence <= settledSequence + sent;
  }

  /// Whether [#fill] has something to append.
  boolean isSendable() {
    return sent < windowEvents && hasRoom(next());
  }

  /// Appends one publish frame with as many events as batch, frame and window have room for.
  ///
  /// @return whether there was anything to append
  boolean fill(ByteBuf out) {
    int count = 0;
    int frameBytes = FRAME_HEAD_BYTES;
    int maxBytes = Math.min(batchBytes, maxFrameBytes);
    while (sent < windowEvents && count < IngestFrame.MAX_PUBLISH_EVENTS) {
      Pending next = next();
      if (next == null || !hasRoom(next) || (count > 0 && frameBytes + next.bytes > maxBytes)) {
        break;
      }
      if (count == 0) {
        writer.begin(out, settledSequence + sent + 1);
      }
      if (sent == numbered.size()) {
        next.sequence = settledSequence + sent + 1;
        numbered.addLast(next);
        inbox.remove();
      }
      writer.add(next.event);
      count++;
      sent++;
      sentBytes += next.bytes;
      frameBytes += next.bytes;
    }
    if (count > 0) {
      writer.end();
    }
    return count > 0;
  }

  /// The next event to write on this connection: one that has a sequence already, else the first of
  /// the inbox.
  private @Nullable Pending next() {
    if (sent < numbered.size()) {
      return numbered.at(sent);
    }
    Pending first = inbox.peek();
    while (first != null && first.bytes > maxEventBytes) {
      inbox.remove();
      bound.release(first.bytes, 1);
      first.settled.completeExceptionally(
          new PublishRejected(
              ErrorCode.TOO_LARGE,
              0,
              "event: " + first.bytes + " bytes (expected: <= " + maxEventBytes + ")"));
      first = inbox.peek();
    }
    return first;
  }

  private boolean hasRoom(@Nullable Pending next) {
    return next != null && sentBytes + next.bytes <= windowBytes;
  }

  /// Settles what the ack covers. Its room is given back before anybody is told.
  ///
  /// @throws ProtocolException when the ack does not fit what was sent
  void onAck(Ack ack) {
    long covered = ack.upTo() - settledSequence;
    if (covered < 1 || covered > sent) {
      throw bad("up to", ack.upTo(), (settledSequence + 1) + "-" + (settledSequence + sent));
    }
    int events = (int) covered;
    long bytes = 0;
    int topics = 0;
    for (int i = 0; i < events; i++) {
      bytes += numbered.at(i).bytes;
      topics += numbered.at(i).topicCount;
    }
    if (topics != ack.count()) {
      throw bad("topic sequences", ack.count(), Integer.toString(topics));
    }
    bound.release(bytes, events);
    sentBytes -= bytes;
    sent -= events;
    int topic = 0;
    for (int i = 0; i < events; i++) {
      Pending pending = numbered.removeFirst();
      settledSequence++;
      settle(pending, ack, topic);
      topic += pending.topicCount;
    }
  }

  private void settle(Pending pending, Ack ack, int topic) {
    Reject reject = pending.reject;
    if (reject != null) {
      pending.settled.completeExceptionally(
          new PublishRejected(reject.errorCode(), reject.retryAfterMillis(), reject.message()));
      return;
    }
    List<Long> sequences =
        pending.topicCount == 1
            ? List.of(ack.sequence(topic))
            : IntStream.range(topic, topic + pending.topicCount).mapToObj(ack::sequence).toList();
    pending.settled.complete(new Published(settledSequence, sequences));
  }

  /// Remembers a reject until the ack that covers it.
  ///
  /// @throws ProtocolException when that event is not in flight
  void onReject(Reject reject) {
    long index = reject.sequence() - settledSequence - 1;
    if (index < 0 || index >= sent) {
      throw bad(
          "sequence", reject.sequence(), (settledSequence + 1) + "-" + (settledSequence + sent));
    }
    numbered.at((int) index).reject = reject;
  }

  /// Fails what waits without a sequence, and was never written: none of it can be stored.
  void refuseWaiting(PublishRejected why) {
    for (Pending pending = inbox.poll(); pending != null; pending = inbox.poll()) {
      bound.release(pending.bytes, 1);
      pending.settled.completeExceptionally(why);
    }
  }

  /// Fails everything that is not settled.
  void fail(PublisherClosed cause) {
    while (numbered.size() > 0) {
      numbered.removeFirst().settled.completeExceptionally(cause);
    }
    sent = 0;
    failWaiting(inbox, cause);
  }

  /// Fails what waits without a sequence. **Thread:** any.
  static void failWaiting(Queue<Pending> inbox, PublisherClosed cause) {
    for (Pending pending = inbox.poll(); pending != null; pending = inbox.poll()) {
      pending.settled.completeExceptionally(cause);
    }
  }

  private static ProtocolException bad(String name, long value, String expected) {
    return new ProtocolException(
        CloseReason.PROTOCOL_ERROR, name + ": " + value + " (expected: " + expected + ")");
  }
}
