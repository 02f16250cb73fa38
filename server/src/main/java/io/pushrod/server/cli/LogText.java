package io.pushrod.server.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import io.pushrod.server.net.ConnectionLog;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.slf4j.event.KeyValuePair;

/// A log line for people: `time LEVEL Logger [connection]: message`, then the stack if there is
/// one, indented.
///
/// Whatever a message holds, it cannot begin a line of its own nor steer a terminal: everything but
/// printable ASCII is written as an escape.
final class LogText extends EncoderBase<ILoggingEvent> {
  static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private static final byte[] NONE = {};

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringBuilder out = new StringBuilder(160);
    TIME.formatTo(Instant.ofEpochMilli(event.getTimeStamp()), out);
    out.append(' ').append(event.getLevel()).append(' ');
    String logger = event.getLoggerName();
    out.append(logger, logger.lastIndexOf('.') + 1, logger.length());
    String connection = connection(event);
    if (connection != null) {
      escape(out.append(" ["), connection).append(']');
    }
    escape(out.append(": "), event.getFormattedMessage()).append('\n');
    for (IThrowableProxy at = event.getThrowableProxy(); at != null; at = at.getCause()) {
      stack(out, at);
    }
    return out.toString().getBytes(UTF_8);
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }

  /// The id of the connection that a line is about, or null.
  static @Nullable String connection(ILoggingEvent event) {
    if (event.getKeyValuePairs() != null) {
      for (KeyValuePair pair : event.getKeyValuePairs()) {
        if (pair.key.equals(ConnectionLog.KEY)) {
          return String.valueOf(pair.value);
        }
      }
    }
    return null;
  }

  /// Appends the exception and its frames; those that it shares with the one around it are left
  /// out.
  static void stack(StringBuilder out, IThrowableProxy thrown) {
    out.append("\t").append(thrown.getClassName()).append(": ");
    escape(out, String.valueOf(thrown.getMessage())).append('\n');
    StackTraceElementProxy[] frames = thrown.getStackTraceElementProxyArray();
    for (int i = 0; i < frames.length - thrown.getCommonFrames(); i++) {
      out.append("\t\t").append(frames[i].getSTEAsString()).append('\n');
    }
  }

  static StringBuilder escape(StringBuilder out, @Nullable String text) {
    String shown = String.valueOf(text);
    for (int i = 0; i < shown.length(); i++) {
      char c = shown.charAt(i);
      if (c >= ' ' && c < 0x7f) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return out;
  }
}
