package io.pushrod.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "00",
        "7f",
        "c280",
        "dfbf",
        "e0a080",
        "ed9fbf",
        "ee8080",
        "efbfbf",
        "f0908080",
        "f48fbfbf"
      })
  void acceptsTheFirstAndLastCharacterOfEachLength(String hex) {
    assertThat(isValid(hex)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", "bf", "c080", "c1bf", "e08080", "e09fbf", "eda080", "edbfbf", "f0808080", "f08fbfbf",
        "f4908080", "f5808080", "f888808080", "fe", "ff", "c2", "e0a0", "f09080", "c241", "e0a041",
        "f0908041", "e228a1"
      })
  void refusesWhatIsOverlongOrASurrogateOrTooHighOrCut(String hex) {
    assertThat(isValid(hex)).isFalse();
    assertThat(isValid("4142434445464748" + hex + "4142434445464748")).isFalse();
  }

  @Test
  void knowsEveryCodePoint() {
    for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      boolean surrogate =
          codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
      if (!surrogate) {
        byte[] bytes = Character.toString(codePoint).getBytes(UTF_8);
        assertThat(state(bytes)).isEqualTo(Utf8.BOUNDARY);
      }
    }
  }

  @Test
  void failsAtTheFirstByteThatCannotBe() {
    assertThat(state(0xED)).isPositive();
    assertThat(state(0xED, 0xA0)).isEqualTo(Utf8.INVALID);
    assertThat(state(0xF4, 0x90)).isEqualTo(Utf8.INVALID);
    assertThat(state(0xC0)).isEqualTo(Utf8.INVALID);
  }

  @Test
  void staysInvalid() {
    assertThat(state(0xFF, 0x41)).isEqualTo(Utf8.INVALID);
  }

  @Property
  void agreesWithTheJdkOnAnyBytes(@ForAll @Size(max = 40) byte[] bytes) {
    assertThat(Utf8.isValid(Unpooled.wrappedBuffer(bytes), 0, bytes.length))
        .isEqualTo(jdkAccepts(bytes));
  }

  @Property
  void goesOnAfterAnyCut(@ForAll String text, @ForAll int at) {
    byte[] bytes = text.replaceAll("[\\ud800-\\udfff]", "😀").getBytes(UTF_8);
    ByteBuf buf = Unpooled.wrappedBuffer(bytes);
    int cut = Math.floorMod(at, bytes.length + 1);
    int state = Utf8.next(Utf8.BOUNDARY, buf, 0, cut);
    assertThat(Utf8.next(state, buf, cut, bytes.length - cut)).isEqualTo(Utf8.BOUNDARY);
  }

  private static boolean isValid(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    return Utf8.isValid(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
  }

  private static int state(int... bytes) {
    byte[] narrow = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      narrow[i] = (byte) bytes[i];
    }
    return state(narrow);
  }

  private static int state(byte[] bytes) {
    int state = Utf8.BOUNDARY;
    for (byte b : bytes) {
      state = Utf8.next(state, b);
    }
    return state;
  }

  private static boolean jdkAccepts(byte[] bytes) {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      return true;
    } catch (CharacterCodingException e) {
      return false;
    }
  }
}
