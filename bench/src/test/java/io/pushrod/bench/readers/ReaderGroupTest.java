package io.pushrod.bench.readers;

import static io.pushrod.bench.readers.FakeStream.events;
import static io.pushrod.bench.readers.FakeStream.welcome;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Readers that come back, come and go, and read slowly, against a stream by script.
class ReaderGroupTest {
  private static final int READERS = 5;
  private static final Duration SOON = Duration.ofSeconds(30);

  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoop loop = loops.next();
  private final ReaderGroup group = new ReaderGroup(loop);
  private final ReaderGroup live = new ReaderGroup(loop);

  @AfterEach
  void stop() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private <T> T onLoop(Callable<T> task) {
    try {
      return loop.submit(task).get();
    } catch (InterruptedException | ExecutionException e) {
      throw new AssertionError(e);
    }
  }

  private void until(Callable<Boolean> condition) {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!onLoop(condition)) {
      assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  private void open(FakeStream stream, int count, int stallable)
      throws InterruptedException, ExecutionException, TimeoutException {
    onLoop(() -> group.open(stream.door(), count, stallable))
        .get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  private Storm comeBack(FakeStream stream, long last) throws Exception {
    open(stream, READERS, 0);
    until(() -> group.healthy.deliveries == 5L * READERS);
    onLoop(group::drop).await();
    loop.submit(() -> group.reconnect(last, 0, live)).get();
    return onLoop(() -> group.storm);
  }

  @Test
  void continuesAtTheCursorOfEachReader() throws Exception {
    try (FakeStream stream =
        new FakeStream(
            request -> welcome() + (request.contains("=now") ? events(1, 5) : events(6, 9)))) {
      Storm storm = comeBack(stream, 9);
      until(storm::isOver);
      assertThat(stream.requests)
          .filteredOn(request -> request.contains("after=k3-5"))
          .hasSize(READERS);
      assertThat(storm.failure()).isNull();
      assertThat(onLoop(storm::line)).startsWith("arrived=" + READERS);
      assertThat(onLoop(() -> group.healthy.deliveries)).isEqualTo(4L * READERS);
      assertThat(onLoop(() -> group.healthy.missing + group.healthy.repeated)).isZero();
    }
  }

  @Test
  void noticesWhatIsMissingAtTheSeam() throws Exception {
    try (FakeStream stream =
        new FakeStream(
            request -> welcome() + (request.contains("=now") ? events(1, 5) : events(7, 9)))) {
      until(comeBack(stream, 9)::isOver);
      assertThat(onLoop(() -> group.healthy.missing)).isEqualTo(READERS);
    }
  }

  @Test
  void noticesWhatIsRepeatedAtTheSeam() throws Exception {
    try (FakeStream stream =
        new FakeStream(
            request -> welcome() + (request.contains("=now") ? events(1, 5) : events(5, 9)))) {
      until(comeBack(stream, 9)::isOver);
      assertThat(onLoop(() -> group.healthy.repeated)).isEqualTo(READERS);
    }
  }

  @Test
  void doesNotCatchUpBeforeTheLastEvent() throws Exception {
    try (FakeStream stream =
        new FakeStream(
            request -> welcome() + (request.contains("=now") ? events(1, 5) : events(6, 8)))) {
      Storm storm = comeBack(stream, 9);
      until(() -> group.healthy.deliveries == 3L * READERS);
      assertThat(onLoop(storm::isOver)).isFalse();
    }
  }

  @Test
  void tellsWhenOneCannotComeBack() throws Exception {
    try (FakeStream stream =
        new FakeStream(request -> request.contains("=now") ? welcome() + events(1, 5) : null)) {
      Storm storm = comeBack(stream, 9);
      until(storm::isOver);
      assertThat(onLoop(storm::failure)).isEqualTo("connection: closed before it was subscribed");
    }
  }

  @Test
  void comesAndGoesAsOftenAsAsked() throws Exception {
    try (FakeStream stream = new FakeStream(request -> welcome())) {
      loop.submit(() -> group.churn(stream.door(), 200, 20, 1_000_000)).get();
      Churn churn = onLoop(() -> group.churn);
      until(churn::isOver);
      assertThat(onLoop(churn::line)).startsWith("cycles=20 failed=0 ");
      assertThat(onLoop(() -> group.healthy.closed)).isZero();
      assertThat(stream.requests).hasSize(20);
    }
  }

  @Test
  void tellsWhenOneWhoCameIsSentAway() throws Exception {
    try (FakeStream stream = new FakeStream(request -> null)) {
      loop.submit(() -> group.churn(stream.door(), 200, 3, 1_000_000)).get();
      Churn churn = onLoop(() -> group.churn);
      until(churn::isOver);
      assertThat(onLoop(churn::line)).startsWith("cycles=0 failed=3 ");
      assertThat(onLoop(churn::failure)).isEqualTo("connection: closed before it was subscribed");
    }
  }

  @Test
  void readsOncePerPeriodWhenPaced() throws Exception {
    long all = 200_000; // far more than the kernel holds
    try (FakeStream stream = new FakeStream(request -> welcome() + events(1, all))) {
      onLoop(
              () -> {
                CompletableFuture<Integer> opened = group.open(stream.door(), 1, 1);
                return opened.thenRun(group::stall);
              })
          .get(SOON.toSeconds(), TimeUnit.SECONDS);
      long before = onLoop(() -> group.stalled.reads);
      loop.submit(() -> group.pace(1)).get();
      until(() -> group.stalled.reads > before);
      for (int turn = 0; turn < 100; turn++) {
        assertThat(onLoop(() -> group.stalled.reads)).isEqualTo(before + 1);
      }
      loop.submit(group::resume).get();
      until(() -> group.stalled.deliveries == all);
      assertThat(onLoop(() -> group.stalled.missing + group.stalled.repeated)).isZero();
    }
  }
}
