package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;

/// How many messages one session sends: within any 60 seconds, and within an hour of the clock.
///
/// **Thread:** one at a time.
final class SendRate {
  /// @param burst messages within any 60 seconds; 0 for no bound
  /// @param hourly messages within an hour of the clock; 0 for no bound
  record Limit(int burst, int hourly) {
    boolean isNone() {
      return burst == 0 && hourly == 0;
    }
  }

  private static final long WINDOW_MILLIS = TimeUnit.SECONDS.toMillis(60);
  private static final long HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);

  /// After as long without a message nothing is left to be known.
  static final long RECORD_MILLIS = 2 * HOUR_MILLIS;

  static final int BURST_RETRY_SECONDS = 60;
  private static final int HOURLY_RETRY_SECONDS = 3_600;

  /// Times of the last sends, a ring; grows up to the burst.
  private long[] times = new long[4];

  private int first;
  private int size;
  private long hour;
  private int sentInHour;

  /// Reads what [#bytes] wrote.
  static SendRate of(byte[] bytes) {
    SendRate rate = new SendRate();
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    rate.hour = in.readLong();
    rate.sentInHour = in.readInt();
    long time = in.readLong();
    while (in.isReadable()) {
      time += delta(in);
      rate.note(time);
    }
    return rate;
  }

  /// hour i64 | sent in it u32 | first time i64 ms | differences as base 128, the lowest first.
  byte[] bytes() {
    ByteBuf out = Unpooled.buffer(20 + 2 * size);
    long time = size == 0 ? 0 : times[first];
    out.writeLong(hour).writeInt(sentInHour).writeLong(time);
    for (int i = 0; i < size; i++) {
      long next = times[(first + i) % times.length];
      write(out, next - time);
      time = next;
    }
    return ByteBufUtil.getBytes(out);
  }

  private static void write(ByteBuf out, long delta) {
    long left = delta;
    while (left >= 128) {
      out.writeByte((int) ((left & 127) | 128));
      left >>>= 7;
    }
    out.writeByte((int) left);
  }

  private static long delta(ByteBuf in) {
    long value = 0;
    int shift = 0;
    byte next;
    do {
      next = in.readByte();
      value |= (next & 127L) << shift;
      shift += 7;
    } while (next < 0);
    return value;
  }

  /// Counts a message if it may be sent.
  ///
  /// @return 0, or after how many seconds to try again
  int take(Limit limit, long nowMillis) {
    while (size > 0 && nowMillis - times[first] >= WINDOW_MILLIS) {
      first = (first + 1) % times.length;
      size--;
    }
    if (limit.burst() > 0 && size >= limit.burst()) {
      return BURST_RETRY_SECONDS;
    }
    long thisHour = Math.floorDiv(nowMillis, HOUR_MILLIS);
    if (thisHour > hour) {
      hour = thisHour;
      sentInHour = 0;
    }
    if (limit.hourly() > 0 && sentInHour >= limit.hourly()) {
      return HOURLY_RETRY_SECONDS;
    }
    sentInHour++;
    if (limit.burst() > 0) {
      note(nowMillis);
    }
    return 0;
  }

  /// Clocks of servers differ: a time before the last one counts as that.
  private void note(long millis) {
    if (size == times.length) {
      long[] grown = new long[2 * size];
      for (int i = 0; i < size; i++) {
        grown[i] = times[(first + i) % size];
      }
      times = grown;
      first = 0;
    }
    long last = size == 0 ? millis : times[(first + size - 1) % times.length];
    times[(first + size) % times.length] = Math.max(millis, last);
    size++;
  }
}
