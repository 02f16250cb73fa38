package io.pushrod.bench.peer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RedisRepliesTest {
  private static final byte[] THREE =
      "$15\r\n1792540766000-0\r\n$15\r\n1792540766000-1\r\n$15\r\n1792540766001-0\r\n"
          .getBytes(US_ASCII);

  @Test
  void countsTheIdsInPiecesOfAnySize() throws IOException {
    for (int size = 1; size <= THREE.length; size++) {
      RedisReplies replies = new RedisReplies();
      int ids = 0;
      for (int from = 0; from < THREE.length; from += size) {
        byte[] piece = Arrays.copyOfRange(THREE, from, Math.min(THREE.length, from + size));
        ids += replies.accept(piece, piece.length);
      }
      assertThat(ids).as("pieces of " + size).isEqualTo(3);
    }
  }

  @Test
  void failsWithTheLineThatIsNoIdHoweverItComes() throws IOException {
    RedisReplies replies = new RedisReplies();
    replies.accept(THREE, THREE.length);
    byte[] half = "-MISCONF cannot".getBytes(US_ASCII);
    replies.accept(half, half.length);
    byte[] rest = " write\r\n".getBytes(US_ASCII);
    assertThatThrownBy(() -> replies.accept(rest, rest.length))
        .isInstanceOf(IOException.class)
        .hasMessage("-MISCONF cannot write");
  }
}
