package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.backplane.BusFrame.Message;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class BusFrameTest {
  private static final BusFrame FRAME =
      new BusFrame(
          "n1", 7, List.of(new Message("k", bytes("hi")), new Message("desk", new byte[0])));

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void isItsBytes() {
    assertThat(HexFormat.of().formatHex(FRAME.encode()))
        .isEqualTo(
            "01" // version
                + "02"
                + "6e31" // from
                + "0000000000000007" // number
                + "01"
                + "6b"
                + "00000002"
                + "6869"
                + "04"
                + "6465736b"
                + "00000000");
  }

  @Test
  void comesBackAsItWas() {
    BusFrame read = Objects.requireNonNull(BusFrame.decode(FRAME.encode()));
    assertThat(read.from()).isEqualTo("n1");
    assertThat(read.number()).isEqualTo(7);
    assertThat(read.messages()).extracting(Message::kind).containsExactly("k", "desk");
    assertThat(read.messages().getFirst().bytes()).isEqualTo(bytes("hi"));
  }

  @Test
  void anotherVersionIsNone() {
    byte[] frame = FRAME.encode();
    frame[0] = 2;
    assertThat(BusFrame.decode(frame)).isNull();
  }

  @Test
  void whatIsCutOrChangedIsReadOrNone() {
    byte[] frame = FRAME.encode();
    for (int length = 0; length < frame.length; length++) {
      BusFrame read = BusFrame.decode(Arrays.copyOf(frame, length));
      assertThat(read == null || read.messages().size() < 2).isTrue();
    }
    Random random = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] changed = frame.clone();
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      BusFrame read = BusFrame.decode(changed);
      assertThat(read == null || read.number() >= 1).isTrue();
    }
  }
}
