package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One frame of ingest protocol v1.
public sealed interface IngestFrame {
  int VERSION = 1;

  /// The first bytes of a hello's body: `PUSH` in ASCII.
  int MAGIC = 0x50555348;

  /// The length field, which does not count itself.
  int LENGTH_BYTES = 4;

  /// The greatest value of the length field unless the server's welcome says another.
  int DEFAULT_MAX_FRAME_BYTES = 1 << 20;

  /// No hello is longer than this, so a server need not buffer more for a peer that it does not
  /// know yet.
  int MAX_HELLO_FRAME_BYTES = 1 + 4 + 2 + 8 + (1 + 64) + (1 + 128) + (2 + 16_384);

  int MAX_PRODUCER_BYTES = 64;
  int MAX_TENANT_BYTES = 128;
  int MAX_TOKEN_BYTES = 16_384;

  /// The most events that one publish may hold, because their count is a `u16`.
  int MAX_PUBLISH_EVENTS = 65_535;

  /// The first frame of a publisher.
  ///
  /// @param epoch the incarnation of the producer, at least 1; a greater one fences the smaller
  ///   ones
  /// @param producer 1–64 of `[A-Za-z0-9_.:-]`
  /// @param tenant the tenant to act for, or empty for the token's own; at most 128 printable ASCII
  ///   characters
  /// @param token JWT or API key, at most 16,384 printable ASCII characters; empty for none
  record Hello(long epoch, String producer, String tenant, String token) implements IngestFrame {
    public static boolean isProducer(String text) {
      return !text.isEmpty()
          && text.length() <= MAX_PRODUCER_BYTES
          && text.chars().allMatch(c -> TopicName.allows(c) && c != '/' && c != '@');
    }

    static boolean isPrintable(String text, int maxBytes) {
      return text.length() <= maxBytes && text.chars().allMatch(c -> c > ' ' && c < 127);
    }

    /// Leaves the token out.
    @Override
    public String toString() {
      return "Hello[epoch=" + epoch + ", producer=" + producer + ", tenant=" + tenant + ']';
    }
  }

  /// The server's answer to a hello that it accepts.
  ///
  /// @param maxFrameBytes the greatest length field in either direction
  /// @param maxEventBytes the greatest encoded event that is not rejected as `too_large`
  /// @param windowBytes encoded events that may be unacknowledged, in bytes
  /// @param windowEvents events that may be unacknowledged
  /// @param pingIntervalMillis after this long without a frame from the other side, send a ping
  /// @param lastSequence the last producer sequence accepted of this tenant, producer and epoch; 0
  ///   for none known
  /// @param server name and version of the server, for people
  record Welcome(
      int maxFrameBytes,
      int maxEventBytes,
      int windowBytes,
      int windowEvents,
      int pingIntervalMillis,
      long lastSequence,
      String server)
      implements IngestFrame {}

  /// A batch of events with consecutive producer sequences; read it with [PublishReader]. A view of
  /// `buffer`.
  ///
  /// @param buffer the decoder's input; not retained
  /// @param offset index of the first event in `buffer`
  /// @param length bytes of all events together
  /// @param firstSequence producer sequence of the first event, at least 1
  /// @param count events, 1–65,535
  record Publish(ByteBuf buffer, int offset, int length, long firstSequence, int count)
      implements IngestFrame {
    public long lastSequence() {
      return firstSequence + count - 1;
    }
  }

  /// Everything up to a producer sequence is settled. A view of `buffer`.
  ///
  /// @param upTo the last producer sequence that is settled
  /// @param buffer the decoder's input; not retained
  /// @param offset index of the first topic sequence in `buffer`
  /// @param count topic sequences: for each event since the previous ack of this connection, one
  ///   for each of its topics
  record Ack(long upTo, ByteBuf buffer, int offset, int count) implements IngestFrame {
    /// The sequence that a topic assigned; 0 where nothing was stored, or the sequence of a
    /// duplicate is forgotten.
    ///
    /// @param index below `count`
    public long sequence(int index) {
      return buffer.getLong(offset + index * Long.BYTES);
    }
  }

  /// One event was refused. It is settled: the ack that covers it follows.
  ///
  /// @param sequence its producer sequence
  /// @param code the number of an [ErrorCode]
  /// @param retryAfterMillis when publishing it again, under a new sequence, may succeed; 0 for no
  ///   advice
  record Reject(long sequence, int code, int retryAfterMillis, String message)
      implements IngestFrame {
    public Reject(long sequence, ErrorCode code, int retryAfterMillis, String message) {
      this(sequence, code.number(), retryAfterMillis, message);
    }

    /// The code's meaning; a number of a newer server means `BAD_REQUEST`.
    public ErrorCode errorCode() {
      return ErrorCode.ofNumber(code);
    }
  }

  /// A new window. The greatest one of a connection is binding; less is advice, and 0 asks for a
  /// pause.
  record Window(int bytes, int events) implements IngestFrame {}

  /// Asks for a pong with the same value.
  record Ping(long value) implements IngestFrame {}

  record Pong(long value) implements IngestFrame {}

  /// The last frame of its sender, who closes after it.
  ///
  /// @param code the code of a [CloseReason]
  /// @param reconnect whether coming back with the same hello makes sense
  /// @param retryAfterMillis how long to wait at the least before that
  record Goaway(int code, boolean reconnect, int retryAfterMillis, String message)
      implements IngestFrame {
    private static final CloseReason[] REASONS = CloseReason.values();

    public static Goaway of(CloseReason reason) {
      return of(reason, reason.text());
    }

    /// A replaced publisher is told not to come back: whoever replaced it uses the same sequences
    /// for other events.
    public static Goaway of(CloseReason reason, String message) {
      boolean reconnect = reason.reconnect() && reason != CloseReason.REPLACED;
      return new Goaway(
          reason.code(), reconnect, reconnect ? reason.retryAfterMillis() : 0, message);
    }

    /// The code's meaning, or null for a code of a newer peer.
    public @Nullable CloseReason reason() {
      for (CloseReason reason : REASONS) {
        if (reason.code() == code) {
          return reason;
        }
      }
      return null;
    }
  }

  // Workers.

  /// A worker takes requests of the inboxes that a pattern names.
  ///
  /// @param pattern an inbox (`agent/echo`), `agent/*` or `*`; 1–255 bytes
  /// @param credit how many requests that came by this pattern it may hold unsettled, 0–65,535; 0
  ///   ends it for what is not offered yet. A new credit for a known pattern replaces the old one
  record Consume(String pattern, int credit) implements IngestFrame {}

  /// A request is offered to a worker.
  ///
  /// @param lease names this offer in everything that is said about it; random, at least 1, never
  ///   given twice, so that whoever holds an old one is fenced
  /// @param leaseMillis how long it may go without a renewal
  /// @param attempt 1 for the first offer of this request
  /// @param id of the run or the message
  /// @param user who asks; empty when the credential names none
  /// @param topics what its events are published to, the run's own first; 0–8
  /// @param ids to put on its events
  /// @param payload one JSON value
  record Request(
      long lease,
      Kind kind,
      int leaseMillis,
      int attempt,
      String inbox,
      String id,
      String user,
      List<String> topics,
      Map<IdField, String> ids,
      String payload)
      implements IngestFrame {
    public enum Kind {
      /// Start a run; it may be accepted, and is settled when the run ends.
      RUN,
      /// Something a client sent; it is settled once it was taken.
      MESSAGE;

      int code() {
        return ordinal() + 1;
      }
    }
  }

  /// The worker wants to do it. A run begins with the grant that answers.
  record Accept(long lease) implements IngestFrame {}

  /// The run is the worker's: it may begin.
  record Grant(long lease) implements IngestFrame {}

  /// The worker does not want to do it.
  ///
  /// @param elsewhere whether another worker may be asked; else the request fails
  record Refuse(long lease, boolean elsewhere, String message) implements IngestFrame {}

  /// The worker is still at it.
  ///
  /// @param leases 1–65,535 of them
  record Renew(List<Long> leases) implements IngestFrame {}

  /// The worker has ended it.
  ///
  /// @param payload one JSON value, empty for none: of what is completed the output, of what failed
  ///   `{"code","message","retryable"}`
  record Settle(long lease, Outcome outcome, String payload) implements IngestFrame {
    public enum Outcome {
      COMPLETED,
      FAILED,
      CANCELLED;

      int code() {
        return ordinal() + 1;
      }
    }
  }

  /// A run is to end.
  ///
  /// @param deadlineMillis after this it is ended without the worker
  /// @param by who asked for it; may be empty
  record Cancel(long lease, How how, int deadlineMillis, String by, String reason)
      implements IngestFrame {
    public enum How {
      NOW,
      AFTER_NODE,
      AFTER_TURN;

      int code() {
        return ordinal() + 1;
      }
    }
  }

  /// The worker has heard of the cancel and will settle.
  record CancelAck(long lease) implements IngestFrame {}

  /// The lease is over: nothing more is to be said about it, and nothing more is taken from it.
  ///
  /// @param code 0 when it was settled as asked, else the number of an [ErrorCode]
  record Release(long lease, int code, String message) implements IngestFrame {
    /// The code's meaning, null for 0; a number of a newer server means `BAD_REQUEST`.
    public @Nullable ErrorCode errorCode() {
      return code == 0 ? null : ErrorCode.ofNumber(code);
    }
  }
}
