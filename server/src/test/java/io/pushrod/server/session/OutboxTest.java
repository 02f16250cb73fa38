package io.pushrod.server.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.memory.MemoryAccount;
import org.junit.jupiter.api.Test;

class OutboxTest {
  private static ByteBuf frame(int bytes) {
    return Unpooled.buffer(bytes).writeZero(bytes);
  }

  @Test
  void boundsEntries() {
    Outbox outbox = new Outbox(2, 1000, new MemoryAccount());
    ByteBuf third = frame(1);
    assertThat(outbox.offer(frame(1))).isTrue();
    assertThat(outbox.isFullOfEntries()).isFalse();
    assertThat(outbox.offer(frame(1))).isTrue();
    assertThat(outbox.isFullOfEntries()).isTrue();
    assertThat(outbox.offer(third)).isFalse();
    assertThat(third.release()).isTrue();
    outbox.close();
  }

  @Test
  void boundsBytesAndGivesThemBack() {
    Outbox outbox = new Outbox(100, 10, new MemoryAccount());
    ByteBuf first = frame(6);
    assertThat(outbox.offer(first)).isTrue();
    assertThat(outbox.offer(frame(5))).isFalse();
    assertThat(outbox.offer(frame(4))).isTrue();
    assertThat(outbox.frameBytes()).isEqualTo(10);
    assertThat(outbox.pollFrame()).isSameAs(first);
    assertThat(outbox.offer(frame(6))).isTrue();
    outbox.close();
  }

  @Test
  void freesWhatWaitsWhenItCloses() {
    Outbox outbox = new Outbox(100, 100, new MemoryAccount());
    ByteBuf frame = frame(6);
    outbox.offer(frame);
    outbox.close();
    assertThat(frame.refCnt()).isZero();
    assertThat(outbox.isEmpty()).isTrue();
    assertThat(outbox.pollFrame()).isNull();
  }
}
