package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.backplane.BusFrame.Message;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class BusQueueTest {
  private final BusQueue queue = new BusQueue("a", 100);

  private static Message message(int bytes) {
    return new Message("k", new byte[bytes]);
  }

  private BusFrame next() {
    return Objects.requireNonNull(queue.next());
  }

  @Test
  void whatComesMeanwhileGoesTogether() {
    queue.add(message(1));
    assertThat(next().number()).isEqualTo(1);
    queue.add(message(2));
    queue.add(message(3));
    assertThat(queue.next()).isNull();
    queue.done();
    BusFrame second = next();
    assertThat(second.number()).isEqualTo(2);
    assertThat(second.messages()).extracting(each -> each.bytes().length).containsExactly(2, 3);
  }

  @Test
  void aTickIsAFrameWithoutMessages() {
    assertThat(queue.next()).isNull();
    queue.tick();
    assertThat(next().messages()).isEmpty();
  }

  @Test
  void whatFindsNoRoomLeavesAHoleInTheNumbers() {
    assertThat(queue.add(message(80))).isTrue();
    assertThat(queue.add(message(80))).isFalse();
    assertThat(next().number()).isEqualTo(2);
  }
}
