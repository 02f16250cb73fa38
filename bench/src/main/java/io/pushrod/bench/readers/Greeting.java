package io.pushrod.bench.readers;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// What one reader sends to get in.
final class Greeting {
  private static final int TEXT = 0x81;

  private Greeting() {}

  /// The head of its request.
  ///
  /// @param cursor what `{after}` stands for
  static byte[] head(Door door, int number, String cursor) {
    String path = door.path().replace("{after}", cursor).replace("{topics}", topics(door, number));
    StringBuilder head = new StringBuilder(256);
    head.append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(door.host());
    head.append(':').append(door.port());
    if (door.transport() == Transport.WS) {
      // The key of RFC 6455 section 1.3: the floor answers all readers with the same bytes.
      head.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13");
      head.append("\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    } else {
      head.append("\r\nAccept: text/event-stream");
    }
    for (String header : door.headers()) {
      head.append("\r\n").append(header.replace("{token}", token(door, number)));
    }
    return Scan.ascii(head.append("\r\n\r\n").toString());
  }

  private static String topics(Door door, int number) {
    return String.join(door.separator(), door.topics().namesOf(number));
  }

  private static String token(Door door, int number) {
    List<String> tokens = door.tokens();
    return tokens.isEmpty() ? "" : tokens.get(number / door.readersPerToken() % tokens.size());
  }

  /// The masked frames that follow the answer, back to back.
  static byte[] messages(Door door, int number, String cursor) {
    List<byte[]> frames = new ArrayList<>();
    for (String message : door.messages()) {
      String text =
          message
              .replace("{token}", token(door, number))
              .replace("{n}", "" + number)
              .replace("{after}", cursor);
      if (!text.contains("{topic}")) {
        frames.add(maskedFrame(TEXT, Scan.ascii(text)));
        continue;
      }
      int id = 1;
      for (String topic : door.topics().namesOf(number)) {
        String one = text.replace("{topic}", topic).replace("{id}", "" + id++);
        frames.add(maskedFrame(TEXT, Scan.ascii(one)));
      }
    }
    byte[] all = new byte[frames.stream().mapToInt(frame -> frame.length).sum()];
    int at = 0;
    for (byte[] frame : frames) {
      System.arraycopy(frame, 0, all, at, frame.length);
      at += frame.length;
    }
    return all;
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
