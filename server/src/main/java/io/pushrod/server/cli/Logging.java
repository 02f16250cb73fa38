package io.pushrod.server.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.pushrod.server.config.ServerConfig;
import org.slf4j.LoggerFactory;

/// Sets how much the server logs; where it goes and in what form is `logback.xml`'s.
final class Logging {
  private Logging() {}

  static void apply(ServerConfig.Log log) {
    if (LoggerFactory.getLogger("io.pushrod") instanceof Logger logger) {
      logger.setLevel(Level.valueOf(log.level().name()));
    }
  }
}
