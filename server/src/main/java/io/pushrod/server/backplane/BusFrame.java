package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one server sends another in one piece: some messages, none to say that it is there.
///
///     version 1: u8 | from: u8 length, text | number: u64 | (kind: u8 length, text | length: u32, bytes)*
///
/// @param from the node that sends
/// @param number of the frame among those of this sender to this receiver, from 1
record BusFrame(String from, long number, List<Message> messages) {
  private static final byte VERSION = 1;
  private static final int MAX_NAME_BYTES = 255;

  /// @param kind 1–255 bytes
  record Message(String kind, @SuppressWarnings("ArrayRecordComponent") byte[] bytes) {
    int size() {
      return 1 + kind.length() + Integer.BYTES + bytes.length;
    }
  }

  byte[] encode() {
    byte[] name = name(from);
    int size = 2 + name.length + Long.BYTES;
    List<byte[]> kinds = new ArrayList<>(messages.size());
    for (Message each : messages) {
      byte[] kind = name(each.kind());
      kinds.add(kind);
      size += 1 + kind.length + Integer.BYTES + each.bytes().length;
    }
    ByteBuffer out = ByteBuffer.allocate(size).put(VERSION);
    out.put((byte) name.length).put(name).putLong(number);
    for (int i = 0; i < kinds.size(); i++) {
      byte[] bytes = messages.get(i).bytes();
      out.put((byte) kinds.get(i).length).put(kinds.get(i)).putInt(bytes.length).put(bytes);
    }
    return out.array();
  }

  private static byte[] name(String text) {
    byte[] name = text.getBytes(UTF_8);
    if (name.length == 0 || name.length > MAX_NAME_BYTES) {
      throw new IllegalArgumentException(
          "name: " + name.length + " bytes (expected: 1-" + MAX_NAME_BYTES + ")");
    }
    return name;
  }

  /// @return null for bytes that are no frame of this version
  static @Nullable BusFrame decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    try {
      if (in.get() != VERSION) {
        return null;
      }
      String from = text(in);
      long number = in.getLong();
      List<Message> messages = new ArrayList<>();
      while (in.hasRemaining()) {
        String kind = text(in);
        int length = in.getInt();
        if (length < 0 || length > in.remaining()) {
          return null;
        }
        byte[] message = new byte[length];
        in.get(message);
        messages.add(new Message(kind, message));
      }
      return from.isEmpty() || number < 1 ? null : new BusFrame(from, number, messages);
    } catch (BufferUnderflowException e) {
      return null;
    }
  }

  private static String text(ByteBuffer in) {
    byte[] text = new byte[Byte.toUnsignedInt(in.get())];
    in.get(text);
    return new String(text, UTF_8);
  }
}
