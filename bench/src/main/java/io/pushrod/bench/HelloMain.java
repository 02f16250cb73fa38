package io.pushrod.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// The least that a server on a JVM can be: greets whoever connects. What it needs to start is the
/// JVM's own share.
final class HelloMain {
  private HelloMain() {}

  /// @param arguments the port, on loopback
  public static void main(String[] arguments) throws IOException {
    int port = Integer.parseInt(arguments[0]);
    try (ServerSocket server = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      while (true) {
        try (Socket socket = server.accept()) {
          int _ = socket.getInputStream().read();
          socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
        }
      }
    }
  }
}
