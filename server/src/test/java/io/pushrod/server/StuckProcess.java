package io.pushrod.server;

/// A process that is told to stop and never does.
final class StuckProcess {
  private StuckProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    StopSignal stop = StopSignal.install(100);
    System.out.println("runs");
    stop.await();
    System.out.println("told");
    Thread.currentThread().join();
  }
}
