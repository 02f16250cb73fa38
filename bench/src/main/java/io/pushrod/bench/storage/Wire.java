package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// A TCP connection with buffered writes, whose reads are done by a thread of its own.
final class Wire implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int WRITE_BYTES = 1 << 16;
  private static final int READ_BYTES = 1 << 16;

  /// Takes what was read. **Thread:** the wire's.
  interface Sink {
    /// @throws IOException when the bytes mean that nothing more is to be expected
    void onBytes(byte[] bytes, int length) throws IOException;
  }

  private final Socket socket;
  private final OutputStream out;
  private volatile boolean closing;

  private Wire(Socket socket) throws IOException {
    this.socket = socket;
    this.out = new BufferedOutputStream(socket.getOutputStream(), WRITE_BYTES);
  }

  /// Connects as soon as the program listens.
  ///
  /// @param name of the program
  static Wire connect(String name, Child child, int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (child.isAlive() && System.nanoTime() < deadline) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return new Wire(socket);
      } catch (ConnectException e) {
        TimeUnit.MILLISECONDS.sleep(20); // not listening yet
      }
    }
    throw new BenchException(name + ": does not listen, see its log under bench/target/logs");
  }

  /// Begins to read.
  void read(String thread, Sink sink, Acks acks) {
    Thread.ofPlatform().daemon().name(thread).start(() -> readAll(sink, acks));
  }

  private void readAll(Sink sink, Acks acks) {
    byte[] bytes = new byte[READ_BYTES];
    try {
      InputStream in = socket.getInputStream();
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        sink.onBytes(bytes, length);
      }
      fail(acks, "connection: closed");
    } catch (IOException e) {
      fail(acks, String.valueOf(e.getMessage()));
    }
  }

  private void fail(Acks acks, String why) {
    if (!closing) {
      acks.onFailure(why);
    }
  }

  /// For questions that are asked before [#read], or without it.
  InputStream in() throws IOException {
    socket.setSoTimeout((int) SOON.toMillis());
    return socket.getInputStream();
  }

  /// Where to write. **Thread:** one at a time.
  OutputStream out() {
    return out;
  }

  @Override
  public void close() throws IOException {
    closing = true;
    socket.close();
  }
}
