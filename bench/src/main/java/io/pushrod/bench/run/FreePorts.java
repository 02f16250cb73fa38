package io.pushrod.bench.run;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports of loopback that nobody listens on, for servers that are told theirs.
///
/// They lie below those that systems give to connections: a server that starts again on its port
/// would find it taken by one.
public final class FreePorts {
  private static final int FIRST = 15_000;
  private static final int BOUND = 32_000;
  private static final int TRIES = 10_000;

  private FreePorts() {}

  /// Different ones; another process may take one before the server does, which then says so.
  public static List<Integer> of(int count) throws IOException {
    List<Integer> ports = new ArrayList<>();
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int i = 0; ports.size() < count; i++) {
        int port = ThreadLocalRandom.current().nextInt(FIRST, BOUND);
        try {
          held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
          ports.add(port);
        } catch (BindException e) {
          if (i == TRIES) {
            throw e;
          }
        }
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return ports;
  }
}
