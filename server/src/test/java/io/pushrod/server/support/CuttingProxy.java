package io.pushrod.server.support;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Passes TCP connections on, and cuts some of them after so many bytes, in the middle of whatever
/// that is.
public final class CuttingProxy implements AutoCloseable {
  private final ServerSocket listener;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Iterator<Integer> budgets;
  private volatile int target;

  /// @param target port on this machine
  /// @param budgets for the first connections, in turn: bytes of the client after which one is cut
  public CuttingProxy(int target, List<Integer> budgets) {
    this.target = target;
    this.budgets = budgets.iterator();
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /// Where connections go from now on.
  public void target(int port) {
    target = port;
  }

  /// Cuts what is open.
  public void cut() {
    sockets.forEach(CuttingProxy::reset);
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        connect(client, budgets.hasNext() ? budgets.next() : Integer.MAX_VALUE);
      } catch (IOException e) {
        // Closed, or this one connection failed.
      }
    }
  }

  private void connect(Socket client, int budget) throws IOException {
    try {
      Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(server);
      Thread.ofVirtual().start(() -> pass(client, server, budget));
      Thread.ofVirtual().start(() -> pass(server, client, Integer.MAX_VALUE));
    } catch (IOException e) {
      reset(client);
      throw e;
    }
  }

  private void pass(Socket from, Socket to, int budget) {
    byte[] chunk = new byte[8 * 1024];
    int left = budget;
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      while (left > 0) {
        int count = in.read(chunk, 0, Math.min(chunk.length, left));
        if (count < 0) {
          break;
        }
        out.write(chunk, 0, count);
        left -= budget == Integer.MAX_VALUE ? 0 : count;
      }
    } catch (IOException e) {
      // The other side has ended, or was cut.
    }
    reset(from);
    reset(to);
    sockets.remove(from);
    sockets.remove(to);
  }

  private static void reset(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    cut();
  }
}
