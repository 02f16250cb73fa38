package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Appends one ack frame to a buffer, sequence by sequence. Reusable; nothing else may be written
/// to the buffer between [#begin] and [#end], so a server ends the ack before a rejected event,
/// writes the reject, and begins the next.
public final class AckWriter {
  private static final int HEAD_BYTES = IngestFrame.LENGTH_BYTES + 1 + Long.BYTES;

  private @Nullable ByteBuf out;
  private int start;

  public void begin(ByteBuf out) {
    if (this.out != null) {
      throw new IllegalStateException("ack: open (expected: ended)");
    }
    this.out = out;
    start = out.writerIndex();
    out.writeInt(0).writeByte(FrameType.ACK).writeLong(0);
  }

  /// Adds what one topic of one event was assigned: events in the order of their producer
  /// sequences, the topics of each in the order in which it names them.
  ///
  /// @param sequence 0 where nothing was stored or the sequence is forgotten
  public void add(long sequence) {
    open().writeLong(sequence);
  }

  /// The frame's bytes so far, the length field included.
  public int frameBytes() {
    return open().writerIndex() - start;
  }

  public boolean isOpen() {
    return out != null;
  }

  /// Completes the frame, or takes it back when nothing was added.
  ///
  /// @param upTo producer sequence of the last event whose sequences were added
  /// @return whether there is a frame
  public boolean end(long upTo) {
    ByteBuf buffer = open();
    out = null;
    int length = buffer.writerIndex() - start;
    if (length == HEAD_BYTES) {
      buffer.writerIndex(start);
      return false;
    }
    buffer.setInt(start, length - IngestFrame.LENGTH_BYTES);
    buffer.setLong(start + IngestFrame.LENGTH_BYTES + 1, upTo);
    return true;
  }

  private ByteBuf open() {
    if (out == null) {
      throw new IllegalStateException("ack: ended (expected: open)");
    }
    return out;
  }
}
