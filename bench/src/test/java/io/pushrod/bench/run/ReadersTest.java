package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// More readers than one process may have.
class ReadersTest {
  private static final int CAPACITY = 3;
  private static final int MAX_SECONDS = 60;

  @TempDir Path folder;

  /// Greets everybody, and keeps the connections until it is closed.
  private static ServerSocket greeter() throws IOException {
    ServerSocket socket = new ServerSocket(0, 16, InetAddress.getLoopbackAddress());
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                while (true) {
                  greet(socket.accept());
                }
              } catch (IOException e) {
                // Closed.
              }
            });
    return socket;
  }

  private static void greet(Socket connection) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (connection) {
                OutputStream out = connection.getOutputStream();
                out.write(
                    "HTTP/1.1 200 OK\r\n\r\ndata: {\"op\":\"welcome\"}\n\n"
                        .getBytes(StandardCharsets.US_ASCII));
                connection.getInputStream().transferTo(OutputStream.nullOutputStream());
              } catch (IOException e) {
                // The reader went.
              }
            });
  }

  private static Door door(ServerSocket of) {
    return Door.of(
        Transport.SSE, of.getLocalPort(), "/", List.of(), "\"op\":\"welcome\"", Topics.one("t"));
  }

  @Test
  void groupsThatDoNotFitTogetherGetAProcessEach() throws IOException, InterruptedException {
    try (ServerSocket server = greeter();
        Readers readers = Readers.start(folder, MAX_SECONDS, CAPACITY)) {
      readers.open("a", door(server), 2, 0);
      assertThat(readers.pids()).hasSize(1);
      readers.open("b", door(server), 2, 0);
      assertThat(readers.pids()).hasSize(2);
      readers.open("c", door(server), 1, 0);
      assertThat(readers.pids()).hasSize(2);
      for (String group : List.of("a", "b", "c")) {
        assertThat(readers.healthy(group).flaws()).isEmpty();
        readers.close(group);
      }
      readers.open("d", door(server), CAPACITY, 0);
      assertThat(readers.pids()).hasSize(2);
    }
  }

  @Test
  void aGroupIsNotSplit() throws IOException, InterruptedException {
    try (ServerSocket server = greeter();
        Readers readers = Readers.start(folder, MAX_SECONDS, CAPACITY)) {
      readers.open("a", door(server), 2, 0);
      assertThatThrownBy(() -> readers.open("a", door(server), 2, 0))
          .isInstanceOf(BenchException.class)
          .hasMessage("readers: 4 in one process (expected: up to 3, by the limit of open files)");
    }
  }
}
