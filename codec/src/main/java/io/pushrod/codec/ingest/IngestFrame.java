package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.TopicName;
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
    private static final ErrorCode[] BY_ORDINAL = ErrorCode.values();

    public Reject(long sequence, ErrorCode code, int retryAfterMillis, String message) {
      this(sequence, code.number(), retryAfterMillis, message);
    }

    /// The code's meaning; a number of a newer server means `BAD_REQUEST`.
    public ErrorCode errorCode() {
      return code >= 1 && code <= BY_ORDINAL.length ? BY_ORDINAL[code - 1] : ErrorCode.BAD_REQUEST;
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
}
