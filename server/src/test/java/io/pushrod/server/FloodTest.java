package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Peers that want nothing but to be many.
final class FloodTest {
  /// Two descriptors each, as both ends are here.
  private static final int CONNECTIONS = (int) Math.min(10_000, (openFiles() - 2_000) / 2);

  @RegisterExtension final RunningServer server = new RunningServer();

  private static long openFiles() {
    return ((com.sun.management.UnixOperatingSystemMXBean)
            java.lang.management.ManagementFactory.getOperatingSystemMXBean())
        .getMaxFileDescriptorCount();
  }

  @Test
  void losesTenThousandConnectionsThatSayNothing() throws IOException {
    server.restart(
        "timeouts.handshake=2s",
        "quotas.connections_per_address=0",
        "quotas.accepts_per_second=0",
        "quotas.accepts_per_second_per_address=0");
    InetSocketAddress address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.server().httpPort());
    List<SocketChannel> silent = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        silent.add(SocketChannel.open(address));
      }
      // The last of them may still wait to be accepted when all others have come and gone.
      Await.until(
          "all were told to go",
          () -> server.closed(Transport.HTTP, CloseReason.HANDSHAKE_TIMEOUT) == CONNECTIONS);
      Await.until("all are gone", () -> server.server().quotas().sockets().open() == 0);
      assertThat(server.scraped("pushrod_topics")).isZero();
      assertThat(server.ws().subscribe("t", "")).contains("\"ack\"");
    } finally {
      for (SocketChannel each : silent) {
        each.close();
      }
    }
  }

  @Test
  void servesOtherAddressesWhileOneOpensAndClosesForEver() throws Exception {
    server.restart("quotas.accepts_per_second=2000", "quotas.accepts_per_second_per_address=100");
    AtomicBoolean enough = new AtomicBoolean();
    Thread flood = Thread.ofPlatform().start(() -> flood(enough));
    try {
      server.awaitCount(Counter.QUOTA_ACCEPTS_PER_ADDRESS, 200);
      for (int i = 0; i < 50; i++) {
        assertThat(statusFrom("127.0.0.2")).startsWith("HTTP/1.1 401");
      }
    } finally {
      enough.set(true);
      flood.join();
    }
    assertThat(server.count(Counter.QUOTA_ACCEPTS)).isZero();
    Await.until("no socket is left", () -> server.server().quotas().sockets().open() == 0);
  }

  private void flood(AtomicBoolean enough) {
    for (int i = 0; i < 200_000 && !enough.get(); i++) {
      try (Socket socket = new Socket()) {
        socket.setSoLinger(true, 0);
        socket.connect(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), server.server().httpPort()));
      } catch (IOException e) {
        // it was cut
      }
    }
  }

  private String statusFrom(String local) throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(local, 0));
      socket.setSoTimeout(10_000);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.server().httpPort()));
      socket
          .getOutputStream()
          .write(
              "GET /v1/topics/t/events HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      try (InputStream in = socket.getInputStream()) {
        return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      }
    }
  }

  @Test
  void keepsNothingOfAUserWhoSubscribesToAHundredThousandNames() {
    server.restart("server.event_loops=2", "quotas.topics_per_tenant=4000", "heartbeat.ws_ping=1h");
    List<RawWs> connections = new ArrayList<>();
    for (int c = 0; c < 10; c++) {
      connections.add(server.rawWs());
    }
    for (int c = 0; c < 10; c++) {
      churn(connections.get(c), c);
    }
    long opened = server.count(Counter.SUBSCRIPTIONS_OPENED);
    assertThat(opened).isGreaterThanOrEqualTo(100_000);
    assertThat(opened - server.count(Counter.SUBSCRIPTIONS_CLOSED)).isEqualTo(10 * 128);
    assertThat(server.limitHits("subscriptions_per_connection")).isEqualTo(10);
    connections.forEach(
        each -> {
          try {
            each.close();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    Await.until(
        "all subscriptions are gone", () -> server.count(Counter.SUBSCRIPTIONS_CLOSED) == opened);
    Await.until(
        "half of the topics is free at once, for those who publish",
        () -> server.scraped("pushrod_topics") <= 2_000);
    assertThat(server.scraped("pushrod_log_bytes")).isZero();
  }

  /// Ten thousand names that come and go, then as many as stay.
  private static void churn(RawWs client, int connection) {
    for (int i = 0; i < 10_000; i += 100) {
      sendAll(client, "subscribe", connection, i);
      sendAll(client, "unsubscribe", connection, i);
    }
    for (int n = 0; n < 128; n++) {
      client.send("{\"op\":\"subscribe\",\"topic\":\"stays/" + connection + "/" + n + "\"}");
      assertThat(client.nextReply()).contains("\"ack\"");
    }
    client.send("{\"op\":\"subscribe\",\"topic\":\"more\"}");
    assertThat(client.nextReply()).contains("\"too_many_subscriptions\"");
  }

  private static void sendAll(RawWs client, String op, int connection, int first) {
    for (int n = first; n < first + 100; n++) {
      client.send("{\"op\":\"" + op + "\",\"topic\":\"" + connection + "/" + n + "\"}");
    }
    for (int n = 0; n < 100; n++) {
      assertThat(client.nextReply()).contains("\"ack\"");
    }
  }
}
