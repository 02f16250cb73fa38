package io.pushrod.server.support;

import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/// Fails the test run when a buffer was collected that nobody had released.
///
/// Netty tells of a leak only when a later buffer is allocated after the collection; so the end of
/// the run collects and allocates once more, and looks. It halts the JVM, since no test can be
/// blamed any longer. Found by the service loader.
public final class LeakGate implements LauncherSessionListener {
  private static final int COLLECTIONS = 3;
  private static final long COLLECTION_MILLIS = 5_000;

  /// Where Lettuce takes the one buffer of a connection. A connection that is being made when its
  /// loop ends is never told so, and does not give it back.
  private static final String OF_A_CONNECTION_TO_REDIS =
      "io.lettuce.core.protocol.CommandHandler.channelRegistered";

  private final Queue<String> leaks = new ConcurrentLinkedQueue<>();

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Factory());
  }

  @Override
  public void launcherSessionClosed(LauncherSession session) {
    for (int i = 0; i < COLLECTIONS; i++) {
      collect();
      ByteBufAllocator.DEFAULT.directBuffer(1).release();
    }
    if (!leaks.isEmpty()) {
      report();
      Runtime.getRuntime().halt(1);
    }
  }

  /// Collects, and waits until the collector has told of what it found.
  private static void collect() {
    ReferenceQueue<Object> queue = new ReferenceQueue<>();
    WeakReference<Object> witness = new WeakReference<>(new Object(), queue);
    System.gc();
    try {
      if (queue.remove(COLLECTION_MILLIS) != witness) {
        throw new IllegalStateException("garbage collection: nothing collected in 5 s");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Past the build's capture of the standard streams, which a halt would lose.
  private void report() {
    try (FileOutputStream stream = new FileOutputStream(FileDescriptor.err);
        PrintStream err = new PrintStream(stream, true, StandardCharsets.UTF_8)) {
      err.println("LEAK: " + leaks.size() + " buffers were not released:");
      leaks.forEach(err::println);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private final class Factory extends ResourceLeakDetectorFactory {
    @Override
    @SuppressWarnings("deprecation") // the only abstract one, which the others call
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return new Detector<>(resource, samplingInterval);
    }
  }

  private final class Detector<T> extends ResourceLeakDetector<T> {
    Detector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resource, String records) {
      if (!records.contains(OF_A_CONNECTION_TO_REDIS)) {
        leaks.add(resource + records);
      }
    }

    @Override
    protected void reportUntracedLeak(String resource) {
      leaks.add(resource);
    }
  }
}
