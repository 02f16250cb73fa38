package io.pushrod.bench.readers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.Door;
import io.pushrod.bench.run.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/// An SSE server that answers each request by a script and keeps the stream open until its reader
/// goes.
final class FakeStream implements AutoCloseable {
  /// What follows the answer's head; null to close at once instead.
  interface Script {
    @Nullable String answer(String requestLine);
  }

  final Queue<String> requests = new ConcurrentLinkedQueue<>();
  private final ServerSocket socket = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
  private final Script script;

  FakeStream(Script script) throws IOException {
    this.script = script;
    Thread.ofVirtual().start(this::accept);
  }

  Door door() {
    return Door.of(
        Transport.SSE,
        socket.getLocalPort(),
        "/sse?after={after}",
        List.of(),
        "\"op\":\"welcome\"",
        Topics.one("t"));
  }

  static String welcome() {
    return "data: {\"op\":\"welcome\"}\n\n";
  }

  static String events(long from, long to) {
    StringBuilder events = new StringBuilder();
    for (long i = from; i <= to; i++) {
      events.append("data: {\"id\":\"k3-%d\",\"seq\":%d,\"data\":{}}\n\n".formatted(i, i));
    }
    return events.toString();
  }

  private void accept() {
    try {
      while (true) {
        Socket accepted = socket.accept();
        Thread.ofVirtual().start(() -> serve(accepted));
      }
    } catch (IOException e) {
      // Closed.
    }
  }

  private void serve(Socket connection) {
    try (connection) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
      String request = in.readLine();
      requests.add(request);
      while (!in.readLine().isEmpty()) {}
      String answer = script.answer(request);
      if (answer != null) {
        OutputStream out = connection.getOutputStream();
        out.write(("HTTP/1.1 200 OK\r\n\r\n" + answer).getBytes(US_ASCII));
        out.flush();
        in.readLine();
      }
    } catch (IOException e) {
      // The reader went.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
