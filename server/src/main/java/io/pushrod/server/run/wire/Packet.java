package io.pushrod.server.run.wire;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// One message of a link: `version(1) flags(1) session(8) peerSession(8) heard(8)`, and with data
/// `number(8) payload`; big-endian.
///
/// @param session of the sender; rises each time it begins anew
/// @param peerSession the receiver's, as the sender knows it; 0 when it does not
/// @param heard the last number of `peerSession` that came in order
/// @param missing whether a later one came than the next
/// @param number of the payload, from 1; 0 without one
/// @param payload null when it only says what was heard
record Packet(
    long session,
    long peerSession,
    long heard,
    boolean missing,
    long number,
    byte @Nullable [] payload) {
  private static final byte VERSION = 1;
  private static final int DATA = 1;
  private static final int MISSING = 2;
  private static final int HEAD = 2 + 3 * Long.BYTES;

  byte[] encode() {
    byte[] data = payload;
    int length = HEAD + (data == null ? 0 : Long.BYTES + data.length);
    ByteBuffer out = ByteBuffer.allocate(length);
    out.put(VERSION);
    out.put((byte) ((data == null ? 0 : DATA) | (missing ? MISSING : 0)));
    out.putLong(session).putLong(peerSession).putLong(heard);
    if (data != null) {
      out.putLong(number).put(data);
    }
    return out.array();
  }

  /// @return null for what is no packet of this version
  static @Nullable Packet decode(byte[] bytes) {
    if (bytes.length < HEAD || bytes[0] != VERSION || (bytes[1] & ~(DATA | MISSING)) != 0) {
      return null;
    }
    ByteBuffer in = ByteBuffer.wrap(bytes, 2, bytes.length - 2);
    long session = in.getLong();
    long peerSession = in.getLong();
    long heard = in.getLong();
    boolean missing = (bytes[1] & MISSING) != 0;
    if (session <= 0 || peerSession < 0 || heard < 0) {
      return null;
    }
    if ((bytes[1] & DATA) == 0) {
      return in.hasRemaining() ? null : new Packet(session, peerSession, heard, missing, 0, null);
    }
    if (in.remaining() < Long.BYTES) {
      return null;
    }
    long number = in.getLong();
    byte[] payload = new byte[in.remaining()];
    in.get(payload);
    return number <= 0 ? null : new Packet(session, peerSession, heard, missing, number, payload);
  }
}
