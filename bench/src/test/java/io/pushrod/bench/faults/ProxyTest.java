package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ProxyTest {
  private static final int MOMENT_MILLIS = 150;

  private ServerSocket door;
  private Proxy proxy;
  private Socket client;
  private Socket server;

  @BeforeEach
  void connect() throws IOException {
    door = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    proxy = Proxy.to("127.0.0.1", door.getLocalPort());
    client = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    server = door.accept();
  }

  @AfterEach
  void close() throws IOException {
    proxy.close();
    client.close();
    server.close();
    door.close();
  }

  @Test
  void passesBytesBothWays() throws IOException {
    send(client, "ping");
    assertThat(read(server, 4)).isEqualTo("ping");
    send(server, "pong");
    assertThat(read(client, 4)).isEqualTo("pong");
  }

  @Test
  void passesAnEndAndStillTheOtherDirection() throws IOException {
    client.shutdownOutput();
    assertThat(server.getInputStream().read()).isEqualTo(-1);
    send(server, "late");
    assertThat(read(client, 4)).isEqualTo("late");
  }

  @Test
  void holdsWhatComesWhileItIsSilent() throws IOException {
    proxy.silence();
    send(client, "held");
    server.setSoTimeout(MOMENT_MILLIS);
    assertThatThrownBy(() -> server.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    server.setSoTimeout(0);
    proxy.mend();
    assertThat(read(server, 4)).isEqualTo("held");
  }

  @Test
  void bringsAllBytesWhenItTrickles() throws IOException {
    proxy.trickle();
    send(client, "byte by byte");
    assertThat(read(server, 12)).isEqualTo("byte by byte");
  }

  @Test
  void bringsLaterWhatItDelaysAndAtOnceWhenItIsMended() throws IOException {
    proxy.delay(60_000);
    send(client, "late");
    server.setSoTimeout(MOMENT_MILLIS);
    assertThatThrownBy(() -> server.getInputStream().read())
        .isInstanceOf(SocketTimeoutException.class);
    server.setSoTimeout(0);
    proxy.mend();
    assertThat(read(server, 4)).isEqualTo("late");
  }

  @Test
  void resetsWhatIsThereAndWhatComesWhenItIsCut() throws IOException {
    proxy.cut();
    assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(IOException.class);
    try (Socket next = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      assertThatThrownBy(() -> next.getInputStream().read()).isInstanceOf(IOException.class);
    }
    proxy.mend();
    try (Socket next = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
        Socket accepted = door.accept()) {
      send(next, "back");
      assertThat(read(accepted, 4)).isEqualTo("back");
    }
  }

  @Test
  void endsTheClientsDirectionAlone() throws IOException {
    send(client, "one");
    assertThat(read(server, 3)).isEqualTo("one");
    proxy.halfClose(true);
    assertThat(server.getInputStream().read()).isEqualTo(-1);
    send(server, "two");
    assertThat(read(client, 3)).isEqualTo("two");
  }

  @Test
  void endsTheServersDirectionAlone() throws IOException {
    send(server, "one");
    assertThat(read(client, 3)).isEqualTo("one");
    proxy.halfClose(false);
    assertThat(client.getInputStream().read()).isEqualTo(-1);
    send(client, "two");
    assertThat(read(server, 3)).isEqualTo("two");
  }

  private static void send(Socket to, String text) throws IOException {
    to.getOutputStream().write(text.getBytes(US_ASCII));
  }

  private static String read(Socket from, int length) throws IOException {
    return new String(from.getInputStream().readNBytes(length), US_ASCII);
  }
}
