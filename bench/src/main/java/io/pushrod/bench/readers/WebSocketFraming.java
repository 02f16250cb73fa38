package io.pushrod.bench.readers;

/// Unfragmented, unmasked frames of RFC 6455 section 5.2, as a server sends them. It keeps no
/// state.
final class WebSocketFraming implements Framing {
  private static final int TEXT = 0x81;
  private static final int DEFLATED_TEXT = 0xC1;
  private static final int CLOSE = 0x88;
  private static final int PING = 0x89;
  private static final int PONG = 0x8A;

  @Override
  public int feed(byte[] bytes, int from, int to, Records records) {
    int at = from;
    while (to - at >= 2) {
      int length = bytes[at + 1] & 0xFF;
      if (length > 127) {
        records.onEnd(true);
        return to;
      }
      int header = length < 126 ? 2 : length == 126 ? 4 : 10;
      if (to - at < header) {
        break;
      }
      long payload = header == 2 ? length : bigEndian(bytes, at + 2, header - 2);
      if (payload < 0 || payload > Integer.MAX_VALUE) {
        records.onEnd(true);
        return to;
      }
      if (to - at - header < payload) {
        break;
      }
      int start = at + header;
      at = start + (int) payload;
      switch (bytes[start - header] & 0xFF) {
        case TEXT -> records.onText(bytes, start, at);
        case DEFLATED_TEXT -> records.onDeflated(bytes, start, at);
        case PING -> records.onPing(bytes, start, at);
        case PONG -> {}
        case CLOSE -> {
          records.onEnd(false);
          return to;
        }
        default -> {
          records.onEnd(true);
          return to;
        }
      }
    }
    return at;
  }

  private static long bigEndian(byte[] bytes, int from, int count) {
    long value = 0;
    for (int i = from; i < from + count; i++) {
      value = value << 8 | (bytes[i] & 0xFF);
    }
    return value;
  }
}
