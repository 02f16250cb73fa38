package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Topics over `GET /v1/ws`, by frames of RFC 6455.
final class WebSocketStream extends EventStream {
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;
  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;

  WebSocketStream(int port) throws IOException {
    super(port);
  }

  @Override
  void begin(String token, Map<String, String> cursors) throws IOException {
    String head =
        "GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + "Authorization: Bearer "
            + token
            + "\r\n\r\n";
    send(head.getBytes(UTF_8));
    head("101");
    int id = 1;
    for (Map.Entry<String, String> each : cursors.entrySet()) {
      String subscribe =
          "{\"op\":\"subscribe\",\"id\":%d,\"topic\":\"%s\",\"after\":\"%s\"}"
              .formatted(id++, each.getKey(), each.getValue());
      frame(TEXT, subscribe.getBytes(UTF_8));
    }
  }

  /// Sends a frame, masked with zeros: no proxy is between that could be misled.
  private void frame(int opcode, byte[] payload) throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream(payload.length + 8);
    frame.write(FINAL | opcode);
    if (payload.length < 126) {
      frame.write(MASKED | payload.length);
    } else {
      frame.write(MASKED | 126);
      frame.write(payload.length >> 8);
      frame.write(payload.length);
    }
    frame.writeBytes(new byte[4]);
    frame.writeBytes(payload);
    send(frame.toByteArray());
  }

  @Override
  @Nullable String next() throws IOException {
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    while (true) {
      int first = in.read();
      if (first < 0) {
        return null;
      }
      byte[] payload = bytes(length());
      switch (first & 0xF) {
        case PING -> frame(PONG, payload);
        case PONG -> {}
        case CLOSE -> {
          return null;
        }
        default -> {
          message.writeBytes(payload);
          if ((first & FINAL) != 0) {
            return message.toString(UTF_8);
          }
        }
      }
    }
  }

  private long length() throws IOException {
    int length = bytes(1)[0] & 0x7F;
    return length < 126 ? length : number(bytes(length == 126 ? 2 : 8));
  }

  private static long number(byte[] bytes) {
    long number = 0;
    for (byte each : bytes) {
      number = number << 8 | (each & 0xFF);
    }
    return number;
  }

  private byte[] bytes(long count) throws IOException {
    byte[] bytes = in.readNBytes(Math.toIntExact(count));
    if (bytes.length < count) {
      throw new EOFException("closed within a frame");
    }
    return bytes;
  }
}
