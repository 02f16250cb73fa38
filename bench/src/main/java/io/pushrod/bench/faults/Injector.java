package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Does what a schedule says, each fault on a thread of its own.
final class Injector {
  private final Stage stage;
  private final Crowd crowd;
  private final Oracle oracle;
  private final Trail trail;

  /// Targets that are hurt right now; guarded by itself.
  private final Set<String> hurt = new HashSet<>();

  Injector(Stage stage, Crowd crowd, Oracle oracle, Trail trail) {
    this.stage = stage;
    this.crowd = crowd;
    this.oracle = oracle;
    this.trail = trail;
  }

  /// Returns when all is mended.
  ///
  /// @param begun hears of each fault as it begins
  void run(List<Fault> faults, Consumer<Fault> begun) throws InterruptedException {
    long start = System.nanoTime();
    for (Fault fault : faults) {
      long wait = start + TimeUnit.MILLISECONDS.toNanos(fault.atMillis()) - System.nanoTime();
      if (wait > 0) {
        TimeUnit.NANOSECONDS.sleep(wait);
      }
      long due = System.nanoTime();
      take(fault);
      // What had to wait delays all behind it, so that there is as much time between them as was
      // planned.
      start += System.nanoTime() - due;
      begun.accept(fault);
      Thread.ofVirtual().name("fault-" + fault.number()).start(() -> suffer(fault));
    }
    synchronized (hurt) {
      while (!hurt.isEmpty()) {
        hurt.wait();
      }
    }
  }

  /// Waits while as much as may be is hurt, or the target itself: mending may take longer than
  /// planned.
  private void take(Fault fault) throws InterruptedException {
    synchronized (hurt) {
      while (hurt.size() >= Schedule.MOST_AT_ONCE || hurt.contains(fault.target())) {
        hurt.wait();
      }
      hurt.add(fault.target());
    }
  }

  private void suffer(Fault fault) {
    trail.note("fault " + fault);
    try {
      inflict(fault);
      trail.note("mended #" + fault.number());
    } catch (IOException | BenchException e) {
      trail.note("not mended #" + fault.number() + ": " + e.getMessage());
      oracle.onStuck("after " + fault + ": " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      synchronized (hurt) {
        hurt.remove(fault.target());
        hurt.notifyAll();
      }
    }
  }

  private void inflict(Fault fault) throws IOException, InterruptedException {
    switch (fault.kind().victim) {
      case SERVER -> onServer(fault, stage.nodes().get(fault.node()));
      case WORKER -> onWorker(fault, there(stage.worker()));
      case REDIS -> onRedis(fault, there(stage.redis()));
      case LINK -> onLink(fault, stage.link(fault.link(), fault.node()));
      case READERS -> crowd.moveReaders();
    }
  }

  private static <T> T there(@Nullable T victim) {
    if (victim == null) {
      throw new BenchException("fault: of what is not there");
    }
    return victim;
  }

  private static void pause(Fault fault) throws InterruptedException {
    TimeUnit.MILLISECONDS.sleep(fault.forMillis());
  }

  private static void onServer(Fault fault, ServerNode server)
      throws IOException, InterruptedException {
    switch (fault.kind()) {
      case KILL_SERVER -> {
        server.kill();
        pause(fault);
        server.start();
      }
      case DRAIN_SERVER -> {
        server.drain();
        pause(fault);
        server.start();
      }
      case FREEZE_SERVER -> {
        server.freeze();
        pause(fault);
        server.thaw();
      }
      case JUMP_CLOCK -> {
        server.jump(fault.amount());
        pause(fault);
        server.jump(0);
      }
      default -> {
        server.disk().fill();
        pause(fault);
        server.disk().empty();
      }
    }
  }

  private static void onWorker(Fault fault, WorkerProcess worker)
      throws IOException, InterruptedException {
    if (fault.kind() == Fault.Kind.KILL_WORKER) {
      worker.kill();
      pause(fault);
      worker.start();
    } else {
      worker.freeze();
      pause(fault);
      worker.thaw();
    }
  }

  private static void onRedis(Fault fault, RedisUnderTest redis)
      throws IOException, InterruptedException {
    switch (fault.kind()) {
      case KILL_REDIS -> redis.kill(fault.node(), fault.forMillis());
      case FREEZE_REDIS -> redis.freeze(fault.node(), fault.forMillis());
      default -> redis.fill(fault.node(), fault.forMillis());
    }
  }

  private static void onLink(Fault fault, Proxy link) throws InterruptedException {
    boolean isOdd = (fault.amount() & 1) == 1;
    switch (fault.kind()) {
      case DELAY -> link.delay(fault.amount());
      case TRICKLE -> link.trickle();
      case CUT -> link.cut();
      case HALF_CLOSE -> link.halfClose(isOdd);
      default -> link.silence();
    }
    pause(fault);
    if (fault.kind() == Fault.Kind.BLACKHOLE && isOdd) {
      link.cut();
    }
    link.mend();
  }
}
