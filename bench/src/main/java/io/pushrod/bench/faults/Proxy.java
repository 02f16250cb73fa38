package io.pushrod.bench.faults;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A link through which bytes pass as they are, until it is told to treat them badly.
///
/// **Thread:** any. Each direction of each connection has a virtual thread, and holds at most 16
/// KiB.
final class Proxy implements AutoCloseable {
  private static final int PIECE_BYTES = 16 << 10;
  private static final int CONNECT_MILLIS = 2_000;

  /// How bytes pass.
  private sealed interface Mode {
    record Plain() implements Mode {}

    record Delayed(long millis) implements Mode {}

    /// One byte a millisecond.
    record Trickling() implements Mode {}

    /// Nothing passes; what came waits.
    record Silent() implements Mode {}

    /// New connections are reset.
    record Closed() implements Mode {}
  }

  private final ServerSocket door;
  private final InetSocketAddress target;
  private final Set<Pair> pairs = ConcurrentHashMap.newKeySet();
  private final Object changed = new Object();
  private volatile Mode mode = new Mode.Plain();
  private volatile boolean closed;

  private Proxy(ServerSocket door, InetSocketAddress target) {
    this.door = door;
    this.target = target;
  }

  /// Listens on a free port of loopback; the target need not listen yet.
  static Proxy to(String host, int port) throws IOException {
    ServerSocket door = new ServerSocket(0, 1_024, InetAddress.getLoopbackAddress());
    Proxy proxy = new Proxy(door, new InetSocketAddress(host, port));
    Thread.ofVirtual().name("proxy-" + port).start(proxy::accept);
    return proxy;
  }

  int port() {
    return door.getLocalPort();
  }

  int connections() {
    return pairs.size();
  }

  void delay(long millis) {
    become(new Mode.Delayed(millis));
  }

  void trickle() {
    become(new Mode.Trickling());
  }

  void silence() {
    become(new Mode.Silent());
  }

  /// Resets all connections, and those that come until it is mended.
  void cut() {
    become(new Mode.Closed());
    reset();
  }

  /// Resets all connections; those that come are welcome.
  void reset() {
    pairs.forEach(Pair::reset);
  }

  /// Ends one direction of every connection.
  ///
  /// @param ofClient whether that from the client, else that from the server
  void halfClose(boolean ofClient) {
    pairs.forEach(pair -> pair.halfClose(ofClient));
  }

  /// Bytes pass as they come from here on; those that waited first.
  void mend() {
    become(new Mode.Plain());
  }

  private void become(Mode next) {
    synchronized (changed) {
      mode = next;
      changed.notifyAll();
    }
  }

  private void accept() {
    while (!closed) {
      try {
        Socket client = door.accept();
        Thread.ofVirtual().start(() -> connect(client));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void connect(Socket client) {
    Socket server = new Socket();
    Pair pair = new Pair(client, server);
    if (mode instanceof Mode.Closed || closed) {
      pair.reset();
      return;
    }
    pairs.add(pair);
    try {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      server.connect(target, CONNECT_MILLIS);
    } catch (IOException e) {
      pair.reset();
      return;
    }
    if (closed || mode instanceof Mode.Closed) {
      pair.reset();
      return;
    }
    Thread.ofVirtual().start(() -> pump(pair, client, server));
    pump(pair, server, client);
  }

  private void pump(Pair pair, Socket from, Socket to) {
    byte[] piece = new byte[PIECE_BYTES];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(piece); length >= 0; length = in.read(piece)) {
        pass(piece, length, out);
      }
      to.shutdownOutput();
      pair.onEnd();
    } catch (IOException e) {
      pair.reset();
    } catch (InterruptedException e) {
      pair.reset();
      Thread.currentThread().interrupt();
    }
  }

  private void pass(byte[] piece, int length, OutputStream out)
      throws IOException, InterruptedException {
    int at = 0;
    while (at < length) {
      switch (mode) {
        case Mode.Plain() -> {
          out.write(piece, at, length - at);
          at = length;
        }
        case Mode.Delayed(long millis) -> {
          await(millis);
          out.write(piece, at, length - at);
          at = length;
        }
        case Mode.Trickling() -> {
          out.write(piece, at++, 1);
          await(1);
        }
        case Mode.Silent() -> awaitChange();
        case Mode.Closed() -> throw new IOException("cut");
      }
    }
  }

  /// Waits that long, or until the mode changes.
  private void await(long millis) throws InterruptedException {
    synchronized (changed) {
      Mode before = mode;
      long end = System.nanoTime() + millis * 1_000_000;
      long left = millis;
      while (mode.equals(before) && left > 0) {
        changed.wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    }
  }

  private void awaitChange() throws InterruptedException {
    synchronized (changed) {
      while (mode instanceof Mode.Silent && !closed) {
        changed.wait();
      }
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    door.close();
    cut();
  }

  /// A connection and the one behind it. **Thread:** any.
  private final class Pair {
    private final Socket client;
    private final Socket server;
    private boolean isHalfEnded;

    private Pair(Socket client, Socket server) {
      this.client = client;
      this.server = server;
    }

    private synchronized void onEnd() {
      if (isHalfEnded) {
        reset();
      }
      isHalfEnded = true;
    }

    private void halfClose(boolean ofClient) {
      try {
        (ofClient ? server : client).shutdownOutput();
      } catch (IOException e) {
        reset();
      }
    }

    private void reset() {
      pairs.remove(this);
      for (Socket socket : new Socket[] {client, server}) {
        try {
          socket.setSoLinger(true, 0);
          socket.close();
        } catch (IOException e) {
          // It is closed already.
        }
      }
    }
  }
}
