package io.pushrod.server.backplane;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Readers;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// Declared readers as bytes: whether they are declared, then users and roles, each as a count and
/// texts with their lengths.
final class ReadersCodec {
  private ReadersCodec() {}

  static byte[] write(Readers readers) {
    ByteBuf out = Unpooled.buffer();
    out.writeBoolean(readers.declared());
    write(readers.users(), out);
    write(readers.roles(), out);
    return ByteBufUtil.getBytes(out);
  }

  private static void write(Set<String> texts, ByteBuf out) {
    out.writeInt(texts.size());
    for (String text : texts) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      out.writeInt(bytes.length).writeBytes(bytes);
    }
  }

  /// @throws IndexOutOfBoundsException if these are no readers
  static Readers read(byte[] bytes, int offset) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes, offset, bytes.length - offset);
    return new Readers(in.readBoolean(), texts(in), texts(in));
  }

  private static Set<String> texts(ByteBuf in) {
    Set<String> texts = new HashSet<>();
    for (int i = in.readInt(); i > 0; i--) {
      texts.add(in.readCharSequence(in.readInt(), StandardCharsets.UTF_8).toString());
    }
    return texts;
  }
}
