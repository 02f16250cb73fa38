package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// Writes times of UTC as ISO 8601 has them, with milliseconds.
final class IsoTime {
  private IsoTime() {}

  /// Appends a time such as `2026-11-21T17:58:18.123Z`.
  ///
  /// @param zone how the dialect spells UTC: `Z` or `+00:00`
  static void append(ByteBuf out, long millis, String zone) {
    LocalDateTime time =
        LocalDateTime.ofEpochSecond(Math.floorDiv(millis, 1000), 0, ZoneOffset.UTC);
    digits(out, time.getYear(), 4).writeByte('-');
    digits(out, time.getMonthValue(), 2).writeByte('-');
    digits(out, time.getDayOfMonth(), 2).writeByte('T');
    digits(out, time.getHour(), 2).writeByte(':');
    digits(out, time.getMinute(), 2).writeByte(':');
    digits(out, time.getSecond(), 2).writeByte('.');
    digits(out, Math.floorMod(millis, 1000), 3);
    ByteBufUtil.writeAscii(out, zone);
  }

  private static ByteBuf digits(ByteBuf out, int number, int digits) {
    int start = out.writerIndex();
    out.writeZero(digits);
    int rest = number;
    for (int i = start + digits - 1; i >= start; i--) {
      out.setByte(i, '0' + rest % 10);
      rest /= 10;
    }
    return out;
  }
}
