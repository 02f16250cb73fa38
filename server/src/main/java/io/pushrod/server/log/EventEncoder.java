package io.pushrod.server.log;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Cursor;

/// Writes an event of the native dialect up to its payload, behind the header of the WebSocket text
/// frame that holds it.
///
/// Everything before the payload is put together in one reused array and copied once.
///
/// **Thread:** one log owner.
final class EventEncoder {
  private static final byte[] ID = ascii("{\"id\":\"");
  private static final byte[] SEQ = ascii("\",\"seq\":");
  private static final byte[] TYPE = ascii("\",\"type\":\"");
  private static final byte[] TS = ascii("\",\"ts\":");
  private static final byte[] DATA = ascii(",\"data\":");

  /// Longest frame header plus every fixed and variable part before the payload, ids apart.
  private static final int MAX_HEAD_BYTES = 2048;

  private static final int MAX_DIGITS = 19;

  private byte[] head = new byte[MAX_HEAD_BYTES];
  private int length;

  /// The digits of the timestamp written last: most events of a batch share it.
  private final byte[] timestamp = new byte[MAX_DIGITS];

  private long notedMillis = -1;
  private int timestampDigits;

  /// The parts of an event that are equal for all events of a log.
  ///
  /// @param epoch in its text form
  /// @param topic from `,"topic":"` up to the end of the name
  /// @param tenant from `,"tenant_id"` up to the end of env
  record LogParts(ByteHolder epoch, ByteHolder topic, ByteHolder tenant) {
    static LogParts of(TopicKey key, long epoch, String env) {
      return new LogParts(
          new ByteHolder(ascii(Cursor.epochText(epoch))),
          new ByteHolder(ascii(",\"topic\":\"" + key.name())),
          new ByteHolder(ascii(",\"tenant_id\":\"" + key.tenant() + "\",\"env\":\"" + env + '"')));
    }
  }

  /// Bytes that a record may hold.
  static final class ByteHolder {
    final byte[] bytes;

    ByteHolder(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /// Builds the head of a stored event.
  ///
  /// @return the length of the whole frame
  int encode(LogParts parts, long sequence, Publication event, long timestampMillis) {
    int digits = digits(sequence);
    noteTimestamp(timestampMillis);
    int json =
        ID.length
            + parts.epoch.bytes.length
            + 1
            + digits
            + SEQ.length
            + digits
            + parts.topic.bytes.length
            + TYPE.length
            + event.type.ascii.length
            + TS.length
            + timestampDigits
            + parts.tenant.bytes.length
            + event.ids.length
            + DATA.length
            + event.length
            + 1;
    ensure(event.ids.length);
    length = 0;
    frameHeader(json);
    put(ID);
    put(parts.epoch.bytes);
    head[length++] = '-';
    int sequenceAt = length;
    put(sequence, digits);
    put(SEQ);
    System.arraycopy(head, sequenceAt, head, length, digits);
    length += digits;
    put(parts.topic.bytes);
    put(TYPE);
    put(event.type.ascii);
    put(TS);
    putTimestamp();
    put(parts.tenant.bytes);
    put(event.ids);
    put(DATA);
    return length + event.length + 1;
  }

  /// Appends the head built last, the payload and the closing brace at `offset` of `target`.
  void copyTo(ByteBuf target, int offset, Publication event) {
    target.setBytes(offset, head, 0, length);
    event.source.getBytes(event.offset, target, offset + length, event.length);
    target.setByte(offset + length + event.length, '}');
  }

  /// Appends the JSON of a signal, which has neither id nor sequence and no frame.
  void signal(LogParts parts, Publication event, long timestampMillis, ByteBuf out) {
    ensure(event.ids.length);
    length = 0;
    put(parts.topic.bytes);
    head[0] = '{';
    put(TYPE);
    put(event.type.ascii);
    put(TS);
    noteTimestamp(timestampMillis);
    putTimestamp();
    put(parts.tenant.bytes);
    put(event.ids);
    put(DATA);
    out.writeBytes(head, 0, length);
    out.writeBytes(event.source, event.offset, event.length);
    out.writeByte('}');
  }

  static int maxEventBytes(int payloadBytes) {
    return MAX_HEAD_BYTES + payloadBytes;
  }

  /// RFC 6455 section 5.2: FIN, text, unmasked, shortest length form.
  private void frameHeader(int payload) {
    head[length++] = (byte) 0x81;
    if (payload < 126) {
      head[length++] = (byte) payload;
    } else if (payload < 65536) {
      head[length++] = 126;
      head[length++] = (byte) (payload >>> 8);
      head[length++] = (byte) payload;
    } else {
      head[length++] = 127;
      for (int shift = 56; shift >= 0; shift -= 8) {
        head[length++] = (byte) ((long) payload >>> shift);
      }
    }
  }

  private void ensure(int idsLength) {
    if (head.length < MAX_HEAD_BYTES + idsLength) {
      head = new byte[MAX_HEAD_BYTES + idsLength];
    }
  }

  private void put(byte[] bytes) {
    System.arraycopy(bytes, 0, head, length, bytes.length);
    length += bytes.length;
  }

  private void put(long number, int digits) {
    write(number, head, length, digits);
    length += digits;
  }

  private void putTimestamp() {
    System.arraycopy(timestamp, 0, head, length, timestampDigits);
    length += timestampDigits;
  }

  private void noteTimestamp(long millis) {
    if (millis != notedMillis) {
      notedMillis = millis;
      timestampDigits = digits(millis);
      write(millis, timestamp, 0, timestampDigits);
    }
  }

  private static void write(long number, byte[] target, int from, int digits) {
    long rest = number;
    for (int i = from + digits - 1; i >= from; i--) {
      long next = rest / 10;
      target[i] = (byte) ('0' + (rest - next * 10));
      rest = next;
    }
  }

  static int digits(long number) {
    int digits = 1;
    for (long bound = 10; digits < 19 && number >= bound; bound *= 10) {
      digits++;
    }
    return digits;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(US_ASCII);
  }
}
