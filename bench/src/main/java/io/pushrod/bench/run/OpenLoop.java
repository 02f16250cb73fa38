package io.pushrod.bench.run;

import java.io.IOException;
import java.util.concurrent.locks.LockSupport;

/// Sends at fixed points in time, whatever happened to what was sent before.
public final class OpenLoop {
  /// Sends one event.
  public interface Sender {
    /// @param topic number of its topic, from 0
    /// @param intendedNanos of [System#nanoTime] when it was meant to be sent
    void send(int topic, long intendedNanos) throws IOException, InterruptedException;
  }

  private OpenLoop() {}

  /// @return how many events were sent after the next slice was due
  public static long run(Load load, Sender sender) throws IOException, InterruptedException {
    double slice = load.sliceNanos();
    int turnsPerSlice = load.topicsPerSlice();
    long start = System.nanoTime();
    long late = 0;
    long events = load.events();
    for (long i = 0; i < events; i++) {
      long turn = i / load.burst();
      long intended = start + (long) ((turn / turnsPerSlice + 1) * slice);
      for (long wait = intended - System.nanoTime();
          wait > 0;
          wait = intended - System.nanoTime()) {
        LockSupport.parkNanos(wait);
      }
      late += System.nanoTime() > intended + slice ? 1 : 0;
      sender.send((int) (turn % load.topics()), intended);
    }
    return late;
  }
}
