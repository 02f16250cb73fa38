package io.pushrod.server.cli;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.core.encoder.EncoderBase;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Locale;

/// A log line for programs: one JSON object a line with `time`, `level`, `logger`, `thread`,
/// `connection` where it is about one, `message`, and `stack` where there is one.
///
/// It is ASCII: a line separator of Unicode, which some readers take for the end of a line, is an
/// escape like every other character beyond.
final class LogJson extends EncoderBase<ILoggingEvent> {
  private static final byte[] NONE = {};

  private final JsonFactory factory =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Override
  public byte[] headerBytes() {
    return NONE;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    StringWriter out = new StringWriter(256);
    try (JsonGenerator json = factory.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField(
          "time", LogText.TIME.format(Instant.ofEpochMilli(event.getTimeStamp())));
      json.writeStringField("level", event.getLevel().toString().toLowerCase(Locale.ROOT));
      json.writeStringField("logger", event.getLoggerName());
      json.writeStringField("thread", event.getThreadName());
      String connection = LogText.connection(event);
      if (connection != null) {
        json.writeStringField("connection", connection);
      }
      json.writeStringField("message", event.getFormattedMessage());
      if (event.getThrowableProxy() != null) {
        StringBuilder stack = new StringBuilder();
        for (IThrowableProxy at = event.getThrowableProxy(); at != null; at = at.getCause()) {
          LogText.stack(stack, at);
        }
        json.writeStringField("stack", stack.toString());
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("a string was not written to", e);
    }
    return out.append('\n').toString().getBytes(US_ASCII);
  }

  @Override
  public byte[] footerBytes() {
    return NONE;
  }
}
