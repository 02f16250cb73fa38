package io.pushrod.server.net;

import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Transport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/// The only log of code that serves connections: no line without the connection that it is about.
///
/// A connection is known by its channel's id, from the first byte to the last, whatever protocol it
/// changes to. The id becomes text when a line is really written, so a level that is off costs one
/// comparison and no memory.
///
/// Lines hold codes, reasons and sizes. They never hold a token, a header's value, a target or a
/// payload, so nothing but our own enums and numbers is handed to this.
///
/// **Thread:** any.
public final class ConnectionLog {
  /// The key of the connection's id in a log line.
  public static final String KEY = "connection";

  private final Logger logger;

  private ConnectionLog(Logger logger) {
    this.logger = logger;
  }

  public static ConnectionLog of(Class<?> user) {
    return new ConnectionLog(LoggerFactory.getLogger(user));
  }

  /// A socket was accepted.
  public void accepted(Channel channel, Transport transport) {
    if (logger.isDebugEnabled()) {
      on(logger.atDebug(), channel).log("accepted: {}", transport.label());
    }
  }

  /// The connection speaks another transport from now on.
  ///
  /// @param name the one that its client is told
  public void opened(Channel channel, Transport transport, String name) {
    if (logger.isDebugEnabled()) {
      on(logger.atDebug(), channel).log("opened: {} as {}", transport.label(), name);
    }
  }

  /// What the peer asked for or sent is not done.
  ///
  /// @param why a code, or a text of ours that quotes nothing
  public void refused(Channel channel, String why) {
    if (logger.isDebugEnabled()) {
      on(logger.atDebug(), channel).log("refused: {}", why);
    }
  }

  public void closed(Channel channel, Transport transport, CloseReason reason) {
    if (logger.isDebugEnabled()) {
      on(logger.atDebug(), channel).log("closed: {} {}", transport.label(), reason.label());
    }
  }

  /// Our own bug, with its stack.
  public void failed(Channel channel, Transport transport, Throwable cause) {
    on(logger.atError(), channel).setCause(cause).log("failed: {}", transport.label());
  }

  private static LoggingEventBuilder on(LoggingEventBuilder line, Channel channel) {
    return line.addKeyValue(KEY, channel.id().asShortText());
  }
}
