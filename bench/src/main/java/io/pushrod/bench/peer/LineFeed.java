package io.pushrod.bench.peer;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Publishes by lines of `topic JSON` over TCP. Nothing is answered: what gets lost, the readers
/// miss.
final class LineFeed implements Feed {
  private final Socket socket;
  private final OutputStream out;

  LineFeed(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    out = socket.getOutputStream();
  }

  @Override
  public void send(String topic, String json) throws IOException {
    out.write((topic + ' ' + json + '\n').getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void settle() {}

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
