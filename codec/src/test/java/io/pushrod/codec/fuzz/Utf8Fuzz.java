package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Utf8;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Bytes are UTF-8 for us when they are for the JDK, wherever the check stops in between.
public final class Utf8Fuzz {
  private Utf8Fuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    ByteBuf bytes = Unpooled.wrappedBuffer(input);
    boolean valid = Utf8.isValid(bytes, 0, input.length);
    Claim.equal(valid, jdkAccepts(input), "agrees with the JDK");
    int middle = input.length / 2;
    int state = Utf8.next(Utf8.BOUNDARY, bytes, 0, middle);
    state = Utf8.next(state, bytes, middle, input.length - middle);
    Claim.equal(state == Utf8.BOUNDARY, valid, "in two pieces");
    int single = Utf8.BOUNDARY;
    for (byte b : input) {
      single = Utf8.next(single, b);
    }
    Claim.equal(single, state, "byte by byte");
  }

  static boolean jdkAccepts(byte[] bytes) {
    try {
      var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
