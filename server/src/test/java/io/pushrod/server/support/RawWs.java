package io.pushrod.server.support;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// A WebSocket on a blocking socket: it sends exactly the bytes that it is told to, reads only when
/// asked to, and answers no ping by itself.
public final class RawWs implements AutoCloseable {
  public static final int TEXT = 1;
  public static final int BINARY = 2;
  public static final int CLOSE = 8;
  public static final int PING = 9;
  public static final int PONG = 10;
  public static final int FIN = 0x80;

  /// The message is compressed.
  public static final int RSV1 = 0x40;

  private static final int PATIENCE_MILLIS = 20_000;
  private static final byte[] MASK = {1, 2, 3, 4};

  /// One frame of the server, or the end of the connection as a close frame without a payload.
  public record Frame(int opcode, String text, int code) {}

  private final Socket socket;
  private final DataInputStream in;
  private final String head;
  private int compressed;

  /// Opens it.
  ///
  /// @param receiveBufferBytes 0 leaves it to the kernel
  /// @param behind is sent in one piece with the request
  RawWs(int port, String path, int receiveBufferBytes, byte[] behind, String... headers) {
    try {
      socket = new Socket();
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
      StringBuilder request =
          new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: push.test\r\n")
              .append("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n")
              .append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
      for (String header : headers) {
        request.append(header).append("\r\n");
      }
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      all.writeBytes(request.append("\r\n").toString().getBytes(UTF_8));
      all.writeBytes(behind);
      send(all.toByteArray());
      head = readHead();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String readHead() throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new AssertionError("connection: closed (expected: an answer)");
      }
      text.append((char) next);
    }
    return text.toString();
  }

  /// What the server answered to the upgrade.
  public String head() {
    return head;
  }

  // Out.

  public RawWs send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public RawWs send(String text) {
    return send(masked(FIN | TEXT, text.getBytes(UTF_8)));
  }

  /// One frame as a client must send it.
  ///
  /// @param first its first byte: [#FIN] and the opcode
  public static byte[] masked(int first, byte[] payload) {
    byte[] frame = frame(first, payload, true);
    int at = frame.length - payload.length;
    for (int i = 0; i < payload.length; i++) {
      frame[at + i] ^= MASK[i & 3];
    }
    return frame;
  }

  /// One frame as no client may send it.
  public static byte[] unmasked(int first, byte[] payload) {
    return frame(first, payload, false);
  }

  private static byte[] frame(int first, byte[] payload, boolean masked) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int bit = masked ? 0x80 : 0;
    out.write(first);
    if (payload.length < 126) {
      out.write(bit | payload.length);
    } else if (payload.length < 65_536) {
      out.write(bit | 126);
      out.write(payload.length >> 8);
      out.write(payload.length);
    } else {
      out.write(bit | 127);
      out.writeBytes(new byte[4]);
      for (int shift = 24; shift >= 0; shift -= 8) {
        out.write(payload.length >> shift);
      }
    }
    if (masked) {
      out.writeBytes(MASK);
    }
    out.writeBytes(payload);
    return out.toByteArray();
  }

  // In.

  /// The next frame of any kind.
  public Frame next() {
    try {
      int first = in.read();
      if (first < 0) {
        return new Frame(CLOSE, "end of stream", 1006);
      }
      int length = in.readUnsignedByte();
      if (length == 126) {
        length = in.readUnsignedShort();
      } else if (length == 127) {
        length = (int) in.readLong();
      }
      byte[] payload = in.readNBytes(length);
      if ((first & RSV1) != 0) {
        compressed++;
        payload = inflated(payload);
      }
      if ((first & 15) != CLOSE) {
        return new Frame(first & 15, new String(payload, UTF_8), 0);
      }
      int code = payload.length < 2 ? 1005 : ((payload[0] & 255) << 8) | (payload[1] & 255);
      return new Frame(CLOSE, new String(payload, StandardCharsets.UTF_8), code);
    } catch (SocketException e) {
      return new Frame(CLOSE, "reset", 1006);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What an inflater makes of a message that has seen none before it (RFC 7692 section 7.2.2).
  private static byte[] inflated(byte[] payload) throws IOException {
    byte[] whole = Arrays.copyOf(payload, payload.length + 4);
    whole[payload.length + 2] = (byte) 0xff;
    whole[payload.length + 3] = (byte) 0xff;
    ByteArrayOutputStream plain = new ByteArrayOutputStream();
    try (Inflater inflater = new Inflater(true)) {
      inflater.setInput(whole);
      byte[] piece = new byte[4096];
      for (int n = inflater.inflate(piece); n > 0; n = inflater.inflate(piece)) {
        plain.write(piece, 0, n);
      }
      return plain.toByteArray();
    } catch (DataFormatException e) {
      throw new IOException(e);
    }
  }

  /// How many of the frames read so far were compressed.
  public int compressed() {
    return compressed;
  }

  /// The next message; pings and pongs before it are dropped.
  public String nextText() {
    Frame frame = next();
    while (frame.opcode() == PING || frame.opcode() == PONG) {
      frame = next();
    }
    if (frame.opcode() != TEXT) {
      throw new AssertionError("frame: " + frame + " (expected: a text)");
    }
    return frame.text();
  }

  /// The next ack or error; what comes before it is dropped.
  public String nextReply() {
    String text = nextText();
    while (!text.startsWith("{\"op\":\"ack\"") && !text.startsWith("{\"op\":\"error\"")) {
      text = nextText();
    }
    return text;
  }

  /// The next event; controls before it are dropped.
  public String nextEvent() {
    String text = nextText();
    while (text.startsWith("{\"op\"")) {
      text = nextText();
    }
    return text;
  }

  /// All events up to the one with this sequence or the gap or fold that covers it.
  public List<String> eventsUntil(long sequence) {
    List<String> events = new ArrayList<>();
    while (events.isEmpty() || sequence(events.getLast()) < sequence) {
      events.add(nextEvent());
    }
    return events;
  }

  /// The sequence in an event's or a gap's id.
  public static long sequence(String event) {
    String id = Json.text(event, "id");
    return Long.parseLong(id.substring(id.indexOf('-') + 1));
  }

  /// Everything up to the end of the connection; the close code is the last one's.
  public List<Frame> untilClosed() {
    List<Frame> frames = new ArrayList<>();
    do {
      frames.add(next());
    } while (frames.getLast().opcode() != CLOSE);
    return frames;
  }

  /// The close code that the server sends; 1006 for none.
  public int closeCode() {
    return untilClosed().getLast().code();
  }

  /// Whether nothing more comes.
  public boolean isEnded() {
    return next().text().equals("end of stream");
  }

  /// Cuts the connection by a reset.
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
