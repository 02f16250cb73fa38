package io.pushrod.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.pushrod.server.config.ServerConfig;
import java.util.Iterator;
import org.slf4j.LoggerFactory;

/// Sets how much the server logs and in what form; where it goes is `logback.xml`'s.
final class Logging {
  private Logging() {}

  static void apply(ServerConfig.Log log) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.getLogger("io.pushrod").setLevel(Level.valueOf(log.level().name()));
      Iterator<Appender<ILoggingEvent>> appenders =
          context.getLogger(Logger.ROOT_LOGGER_NAME).iteratorForAppenders();
      while (appenders.hasNext()) {
        if (appenders.next() instanceof OutputStreamAppender<ILoggingEvent> appender) {
          appender.setEncoder(encoder(log.format(), context));
        }
      }
    }
  }

  static Encoder<ILoggingEvent> encoder(ServerConfig.Format format, LoggerContext context) {
    Encoder<ILoggingEvent> encoder =
        switch (format) {
          case TEXT -> new LogText();
          case JSON -> new LogJson();
        };
    encoder.setContext(context);
    encoder.start();
    return encoder;
  }
}
