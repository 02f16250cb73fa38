package io.pushrod.codec.websocket;

import com.jcraft.jzlib.Deflater;
import com.jcraft.jzlib.GZIPException;
import com.jcraft.jzlib.JZlib;
import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// The compression state of one connection's server side (RFC 7692 section 7.2).
///
/// The JDK inflates: a full window reads what any smaller one has written. JZlib deflates, because
/// the JDK's deflater has no window bits. [#close] gives back native memory.
///
/// **Thread:** one at a time.
public final class PerMessageDeflate implements AutoCloseable {
  /// What every flush ends with, and no message carries (section 7.2.1).
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private static final int MIN_ROOM_BYTES = 512;
  private static final int CHUNK_BYTES = 8 * 1024;

  /// zlib knows no window of 256 bytes. With one of 512 it refers back at most 250 bytes, as it
  /// keeps 262 for what lies ahead, so what it writes is good for 256.
  private static final int MIN_DEFLATE_BITS = 9;

  private final DeflateParameters agreed;
  private final Inflater inflater = new Inflater(true);
  private Deflater deflater;

  public PerMessageDeflate(DeflateParameters agreed) {
    this.agreed = agreed;
    this.deflater = deflater(agreed);
  }

  private static Deflater deflater(DeflateParameters agreed) {
    try {
      int bits = Math.max(MIN_DEFLATE_BITS, agreed.serverWindowBits());
      return new Deflater(JZlib.Z_DEFAULT_COMPRESSION, bits, true);
    } catch (GZIPException e) {
      throw new IllegalStateException("deflater: not made", e);
    }
  }

  /// Appends what a piece of a message inflates to.
  ///
  /// @param out its capacity bounds the message
  /// @throws ProtocolException `FRAME_TOO_BIG` when more would come out than there is room for,
  ///   `PROTOCOL_ERROR` when the piece is no deflate stream
  void inflate(ByteBuf in, int offset, int length, ByteBuf out) {
    inflate(in.nioBuffer(offset, length), out);
  }

  /// The message has ended: appends what is left of it.
  void endInflate(ByteBuf out) {
    inflate(ByteBuffer.wrap(TAIL), out);
    if (agreed.clientNoContextTakeover()) {
      inflater.reset();
    }
  }

  private void inflate(ByteBuffer piece, ByteBuf out) {
    inflater.setInput(piece);
    try {
      while (true) {
        if (inflater.finished()) {
          // A block said that it is the last (section 7.2.3.5); others may follow.
          inflater.reset();
          inflater.setInput(piece);
        }
        if (fill(out) == 0 && !inflater.finished()) {
          return;
        }
        if (inflater.finished() && !piece.hasRemaining()) {
          inflater.reset();
          return;
        }
      }
    } catch (DataFormatException e) {
      throw new ProtocolException(
          CloseReason.PROTOCOL_ERROR, "compressed message: malformed (expected: deflate)");
    }
  }

  private int fill(ByteBuf out) throws DataFormatException {
    if (out.maxWritableBytes() == 0) {
      if (inflater.inflate(new byte[1]) > 0) {
        throw new ProtocolException(
            CloseReason.FRAME_TOO_BIG,
            "message: more than " + out.maxCapacity() + " bytes once inflated (expected: fewer)");
      }
      return 0;
    }
    out.ensureWritable(Math.min(MIN_ROOM_BYTES, out.maxWritableBytes()));
    int got = inflater.inflate(out.nioBuffer(out.writerIndex(), out.writableBytes()));
    out.writerIndex(out.writerIndex() + got);
    return got;
  }

  /// Appends a whole message, compressed.
  void deflate(ByteBuf in, int offset, int length, ByteBuf out) {
    if (length == 0) {
      out.writeByte(0);
      return;
    }
    byte[] plain = new byte[length];
    in.getBytes(offset, plain);
    deflater.setInput(plain);
    byte[] chunk = new byte[CHUNK_BYTES];
    do {
      deflater.setOutput(chunk);
      int status = deflater.deflate(JZlib.Z_SYNC_FLUSH);
      if (status != JZlib.Z_OK && status != JZlib.Z_BUF_ERROR) {
        throw new IllegalStateException("deflater: status " + status + " (expected: 0)");
      }
      out.writeBytes(chunk, 0, CHUNK_BYTES - deflater.getAvailOut());
    } while (deflater.getAvailOut() == 0);
    out.writerIndex(out.writerIndex() - TAIL.length);
    if (agreed.serverNoContextTakeover()) {
      deflater = deflater(agreed);
    }
  }

  @Override
  public void close() {
    inflater.end();
  }
}
