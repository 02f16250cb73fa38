package io.pushrod.bench.readers;

import io.pushrod.bench.Transport;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// What each reader of a group sends.
///
/// @param transport how it connects
/// @param port on loopback
/// @param topic what it reads; null for a connection that subscribes to nothing
/// @param token bearer token; null for a server that asks for none
record Request(Transport transport, int port, @Nullable String topic, @Nullable String token) {
  byte[] head() {
    StringBuilder head = new StringBuilder(256);
    head.append("GET ").append(path()).append(" HTTP/1.1\r\nHost: 127.0.0.1:").append(port);
    if (transport == Transport.WS) {
      // The key of RFC 6455 section 1.3: the floor answers all readers with the same bytes.
      head.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13");
      head.append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    } else {
      head.append("\r\nAccept: text/event-stream");
    }
    if (token != null) {
      head.append("\r\nAuthorization: Bearer ").append(token);
    }
    return Scan.ascii(head.append("\r\n\r\n").toString());
  }

  private String path() {
    return switch (transport) {
      case WS -> "/v1/ws";
      case SSE -> topic == null ? "/v1/sse" : "/v1/sse?topic=" + topic;
    };
  }

  /// The masked frame of the subscribe command; empty where the request says it all.
  byte[] subscribe() {
    return transport == Transport.WS && topic != null
        ? maskedFrame(
            0x81, Scan.ascii("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"" + topic + "\"}"))
        : new byte[0];
  }

  /// The control after which the reader counts as subscribed.
  byte[] readyMark() {
    boolean subscribes = transport == Transport.WS && topic != null;
    return Scan.ascii(subscribes ? "\"op\":\"ack\"" : "\"op\":\"welcome\"");
  }

  /// @param payload at most 125 bytes for a control frame, 65535 otherwise
  static byte[] maskedFrame(int firstByte, byte[] payload) {
    int header = payload.length < 126 ? 6 : 8;
    byte[] frame = new byte[header + payload.length];
    frame[0] = (byte) firstByte;
    if (header == 6) {
      frame[1] = (byte) (0x80 | payload.length);
    } else {
      frame[1] = (byte) (0x80 | 126);
      frame[2] = (byte) (payload.length >> 8);
      frame[3] = (byte) payload.length;
    }
    int key = ThreadLocalRandom.current().nextInt();
    for (int i = 0; i < 4; i++) {
      frame[header - 4 + i] = (byte) (key >> (8 * i));
    }
    for (int i = 0; i < payload.length; i++) {
      frame[header + i] = (byte) (payload[i] ^ frame[header - 4 + (i & 3)]);
    }
    return frame;
  }
}
