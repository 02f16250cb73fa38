package io.pushrod.server.backplane;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.backplane.BusFrame.Message;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class OutgoingTest {
  private final Outgoing outgoing = new Outgoing("a", 100);

  private static Message message(int bytes) {
    return new Message("k", new byte[bytes]);
  }

  private BusFrame next() {
    return Objects.requireNonNull(outgoing.next());
  }

  @Test
  void whatComesMeanwhileGoesTogether() {
    outgoing.add(message(1));
    assertThat(next().number()).isEqualTo(1);
    outgoing.add(message(2));
    outgoing.add(message(3));
    assertThat(outgoing.next()).isNull();
    outgoing.done();
    BusFrame second = next();
    assertThat(second.number()).isEqualTo(2);
    assertThat(second.messages()).extracting(each -> each.bytes().length).containsExactly(2, 3);
  }

  @Test
  void aTickIsAFrameWithoutMessages() {
    assertThat(outgoing.next()).isNull();
    outgoing.tick();
    assertThat(next().messages()).isEmpty();
  }

  @Test
  void whatFindsNoRoomLeavesAHoleInTheNumbers() {
    assertThat(outgoing.add(message(80))).isTrue();
    assertThat(outgoing.add(message(80))).isFalse();
    assertThat(next().number()).isEqualTo(2);
  }
}
