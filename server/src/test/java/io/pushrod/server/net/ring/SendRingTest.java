package io.pushrod.server.net.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Against a kernel that does what the test says.
class SendRingTest {
  private static final int BYTES = 100;

  private final List<Integer> sent = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final FakeKernel kernel =
      new FakeKernel(
          (descriptor, bytes) -> {
            sent.add(descriptor);
            return descriptor % 10 == 5 ? 7 : (int) bytes.byteSize();
          });
  private final MemorySegment bytes = Arena.ofAuto().allocate(BYTES);

  private SendRing open() throws RingException {
    return SendRing.open(kernel);
  }

  private void add(SendRing ring, int from, int count) {
    for (int i = from; i < from + count; i++) {
      ring.add(i, bytes.address(), BYTES);
    }
  }

  private void submit(SendRing ring) {
    ring.submit((entry, result) -> told.add(entry + ":" + result));
  }

  @Test
  void submitsAllInOneCallAndTellsOnlyOfExceptions() throws Exception {
    try (SendRing ring = open()) {
      add(ring, 0, 12);
      submit(ring);
      assertThat(kernel.entered).isEqualTo(1);
      assertThat(sent).hasSize(12);
      assertThat(told).containsExactly("5:7");
      assertThat(ring.size()).isZero();
    }
  }

  @Test
  void goesRoundItsQueuesManyTimes() throws Exception {
    try (SendRing ring = open()) {
      for (int round = 0; round < 20; round++) {
        told.clear();
        add(ring, 5, 300);
        submit(ring);
        assertThat(told).hasSize(30).startsWith("0:7", "10:7");
      }
      assertThat(sent).hasSize(6000);
    }
  }

  @Test
  void refusesMoreThanItHasRoomFor() throws Exception {
    try (SendRing ring = open()) {
      add(ring, 0, SendRing.ENTRIES);
      assertThat(ring.isFull()).isTrue();
      assertThatThrownBy(() -> add(ring, 999, 1))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("ring: full (expected: submitted before)");
    }
  }

  @Test
  void goesOnWhereAShortSubmitEnded() throws Exception {
    kernel.next(3).next(-Kernel.EINTR).next(1).next(-Kernel.EBUSY);
    try (SendRing ring = open()) {
      add(ring, 0, 8);
      submit(ring);
      assertThat(sent).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
      assertThat(told).containsExactly("5:7");
    }
  }

  @Test
  void takesBackWhatTheKernelHasNoMemoryFor() throws Exception {
    kernel.next(2);
    for (int i = 0; i < 100; i++) {
      kernel.next(-Kernel.EAGAIN);
    }
    try (SendRing ring = open()) {
      add(ring, 0, 4);
      submit(ring);
      assertThat(sent).containsExactly(0, 1);
      assertThat(told)
          .containsExactly("2:" + SendRing.NOT_SUBMITTED, "3:" + SendRing.NOT_SUBMITTED);
      assertThat(kernel.entered).isLessThan(20);
      assertThat(ring.isBroken()).isFalse();
    }
  }

  @Test
  void sendsAfterAFailedSubmitOnlyWhatWasAddedSince() throws Exception {
    for (int i = 0; i < 8; i++) {
      kernel.next(-Kernel.EAGAIN);
    }
    try (SendRing ring = open()) {
      add(ring, 0, 2);
      submit(ring);
      add(ring, 10, 2);
      submit(ring);
      assertThat(sent).containsExactly(10, 11);
    }
  }

  @Test
  void isBrokenWhenTheKernelRefusesItsDescriptor() throws Exception {
    kernel.next(-9);
    try (SendRing ring = open()) {
      add(ring, 0, 1);
      submit(ring);
      assertThat(ring.isBroken()).isTrue();
      assertThat(told).containsExactly("0:" + SendRing.NOT_SUBMITTED);
      add(ring, 1, 1);
      submit(ring);
      assertThat(kernel.entered).isEqualTo(1);
    }
  }

  @Test
  void saysThatNothingIsKnownWhenAnswersAreLost() throws Exception {
    kernel.overflows();
    try (SendRing ring = open()) {
      add(ring, 0, 2);
      submit(ring);
      assertThat(told).containsExactly("0:" + SendRing.UNKNOWN, "1:" + SendRing.UNKNOWN);
      assertThat(ring.isBroken()).isTrue();
    }
  }

  @Test
  void opensNoneWhereTheKernelRefuses() {
    kernel.refuses(1);
    assertThatThrownBy(this::open)
        .isInstanceOf(RingException.class)
        .hasMessage("io_uring_setup: errno 1 (expected: granted)");
  }

  @Test
  void opensNoneWithoutTheFeaturesItNeeds() {
    kernel.has(3);
    assertThatThrownBy(this::open)
        .isInstanceOf(RingException.class)
        .hasMessage("io_uring features: 3 (expected: 2051)");
    assertThat(kernel.hasAllBack()).isTrue();
  }

  @Test
  void opensNoneWhereSendingIsMissing() {
    kernel.hasNoSend();
    assertThatThrownBy(this::open)
        .isInstanceOf(RingException.class)
        .hasMessage("io_uring send: missing (expected: supported)");
    assertThat(kernel.hasAllBack()).isTrue();
  }

  @Test
  void givesBackWhatItGotWhenTheRestIsRefused() {
    kernel.refusesEntries();
    assertThatThrownBy(this::open)
        .isInstanceOf(RingException.class)
        .hasMessage("mmap: errno 12 (expected: granted)");
    assertThat(kernel.hasAllBack()).isTrue();
  }

  @Test
  void givesEverythingBackOnce() throws Exception {
    SendRing ring = open();
    ring.close();
    ring.close();
    assertThat(kernel.hasAllBack()).isTrue();
  }
}
