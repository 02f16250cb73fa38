package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.json.JsonStrings;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/// Times as Northstar writes them: `2026-01-08T10:00:00+00:00`, with the digits of the second only
/// where there are any.
public final class NorthstarTime {
  private static final DateTimeFormatter WHOLE =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss");
  private static final DateTimeFormatter PART =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS");
  private static final String UTC = "+00:00";

  private NorthstarTime() {}

  /// @param millis since 1970
  public static String text(long millis) {
    LocalDateTime time = LocalDateTime.ofInstant(Instant.ofEpochMilli(millis), ZoneOffset.UTC);
    return (millis % 1000 == 0 ? WHOLE : PART).format(time) + UTC;
  }

  /// Appends it in quotes.
  static void write(ByteBuf out, long millis) {
    JsonStrings.write(out, text(millis));
  }
}
