package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Readers;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What changes seldom of a topic.
///
/// @param id its number in other families
/// @param first the oldest sequence that retention has left
/// @param quietMillis when it was begun or was last left without events
record TopicRow(
    long id,
    long epoch,
    long first,
    boolean sealed,
    boolean kept,
    long quietMillis,
    @Nullable Readers readers) {
  private static final int SEALED = 1;
  private static final int KEPT = 2;
  private static final int READERS = 4;
  private static final int DECLARED = 8;

  byte[] encode() {
    ByteBuf out = Unpooled.buffer(64);
    int flags = (sealed ? SEALED : 0) | (kept ? KEPT : 0);
    if (readers != null) {
      flags |= READERS | (readers.declared() ? DECLARED : 0);
    }
    out.writeByte(flags);
    out.writeLong(id);
    out.writeLong(epoch);
    out.writeLong(first);
    out.writeLong(quietMillis);
    if (readers != null) {
      write(readers.users(), out);
      write(readers.roles(), out);
    }
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }

  static TopicRow decode(byte[] bytes) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    int flags = in.readByte();
    long id = in.readLong();
    long epoch = in.readLong();
    long first = in.readLong();
    long quietMillis = in.readLong();
    Readers readers =
        (flags & READERS) == 0 ? null : new Readers((flags & DECLARED) != 0, names(in), names(in));
    return new TopicRow(
        id, epoch, first, (flags & SEALED) != 0, (flags & KEPT) != 0, quietMillis, readers);
  }

  private static void write(Set<String> names, ByteBuf out) {
    out.writeInt(names.size());
    for (String name : names) {
      byte[] bytes = name.getBytes(UTF_8);
      out.writeInt(bytes.length);
      out.writeBytes(bytes);
    }
  }

  private static Set<String> names(ByteBuf in) {
    Set<String> names = new HashSet<>();
    for (int left = in.readInt(); left > 0; left--) {
      names.add(in.readCharSequence(in.readInt(), UTF_8).toString());
    }
    return names;
  }
}
