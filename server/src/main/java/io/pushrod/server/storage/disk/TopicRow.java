package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.server.log.Readers;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What changes seldom of a topic.
///
/// @param id its number in other families
/// @param first the oldest sequence that retention has left
/// @param quietMillis when it was begun or was last left without events
/// @param incarnation of the folder in which the epoch is good
/// @param former the epoch before, and the last sequence up to which its cursors are good; null for
///   none
record TopicRow(
    long id,
    long epoch,
    long first,
    boolean sealed,
    boolean kept,
    long quietMillis,
    @Nullable Readers readers,
    long incarnation,
    @Nullable Cursor former) {
  private static final int SEALED = 1;
  private static final int KEPT = 2;
  private static final int READERS = 4;
  private static final int DECLARED = 8;
  private static final int INCARNATION = 16;
  private static final int FORMER = 32;

  /// As it is in `now`: of another incarnation, it has another epoch.
  ///
  /// @param last the newest sequence stored
  TopicRow in(Incarnation now, long last) {
    return incarnation == now.id()
        ? this
        : new TopicRow(
            id,
            now.renew(epoch),
            first,
            sealed,
            kept,
            quietMillis,
            readers,
            now.id(),
            new Cursor(epoch, last));
  }

  byte[] encode() {
    ByteBuf out = Unpooled.buffer(64);
    int flags = (sealed ? SEALED : 0) | (kept ? KEPT : 0);
    if (readers != null) {
      flags |= READERS | (readers.declared() ? DECLARED : 0);
    }
    flags |= (incarnation == 0 ? 0 : INCARNATION) | (former == null ? 0 : FORMER);
    out.writeByte(flags);
    out.writeLong(id);
    out.writeLong(epoch);
    out.writeLong(first);
    out.writeLong(quietMillis);
    if (readers != null) {
      write(readers.users(), out);
      write(readers.roles(), out);
    }
    if (incarnation != 0) {
      out.writeLong(incarnation);
    }
    if (former != null) {
      out.writeLong(former.epoch());
      out.writeLong(former.sequence());
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
    long incarnation = (flags & INCARNATION) == 0 ? 0 : in.readLong();
    Cursor former = (flags & FORMER) == 0 ? null : new Cursor(in.readLong(), in.readLong());
    return new TopicRow(
        id,
        epoch,
        first,
        (flags & SEALED) != 0,
        (flags & KEPT) != 0,
        quietMillis,
        readers,
        incarnation,
        former);
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
