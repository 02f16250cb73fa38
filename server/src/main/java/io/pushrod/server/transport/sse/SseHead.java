package io.pushrod.server.transport.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.http.Exchange;

/// The head of the response that becomes a stream.
final class SseHead {
  private SseHead() {}

  /// Answers with it; the connection has the channel from now on.
  ///
  /// @param streams knows it by name until its socket is gone
  /// @param lines further headers, each with its CRLF
  /// @return false when that was all that was asked for, and the stream is over
  static boolean open(
      Exchange exchange, SseConnection connection, SseStreams streams, String lines) {
    String further = lines + furtherLines(exchange);
    boolean headOnly = exchange.method().equals(HttpMethod.HEAD);
    exchange.takeOver(new SseHandler(connection, streams)).release();
    streams.add(connection);
    ByteBuf head = head(connection.channel(), connection.form(), further);
    if (!headOnly) {
      connection.form().begin(head);
    }
    connection.send(head);
    if (headOnly) {
      connection.broken();
    }
    return !headOnly;
  }

  /// The status line and headers of a body that never ends by itself.
  private static ByteBuf head(Channel channel, SseFormat form, CharSequence lines) {
    String head =
        form.startLines()
            + "content-type: text/event-stream\r\n"
            + "cache-control: no-cache, no-transform\r\n"
            + "x-accel-buffering: no\r\n"
            + "x-content-type-options: nosniff\r\n"
            + "connection: close\r\n"
            + lines
            + "\r\n";
    return channel.alloc().directBuffer(256).writeBytes(head.getBytes(US_ASCII));
  }

  private static String furtherLines(Exchange exchange) {
    StringBuilder lines = new StringBuilder();
    exchange
        .answerHeaders()
        .forEach(h -> lines.append(h.getKey()).append(": ").append(h.getValue()).append("\r\n"));
    return lines.toString();
  }
}
