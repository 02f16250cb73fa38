package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.nio.ByteBuffer;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/// Inflates messages, from one peer or, when none of them takes over the context of another, from
/// many. Its full window reads what any smaller one has written. [#close] gives back native memory.
///
/// **Thread:** one at a time.
public final class MessageInflater implements Inflation, AutoCloseable {
  /// What every flush ends with, and no message carries (RFC 7692 section 7.2.1).
  private static final byte[] TAIL = {0, 0, (byte) 0xff, (byte) 0xff};

  private static final int MIN_ROOM_BYTES = 512;

  private final Inflater inflater = new Inflater(true);
  private final boolean takesOver;

  /// @param takesOver whether a message may refer to what came before it
  public MessageInflater(boolean takesOver) {
    this.takesOver = takesOver;
  }

  @Override
  public void inflate(ByteBuf in, int offset, int length, ByteBuf out) {
    if (!takesOver) {
      inflater.reset(); // first: the last message may have been refused half-way
    }
    inflate(in.nioBuffer(offset, length), out);
    inflate(ByteBuffer.wrap(TAIL), out);
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

  @Override
  public void close() {
    inflater.end();
  }
}
