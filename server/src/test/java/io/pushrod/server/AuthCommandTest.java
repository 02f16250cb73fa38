package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class AuthCommandTest {
  private static final List<String> ALL = List.of("*");

  @RegisterExtension
  final RunningServer server = new RunningServer("auth.clock_skew=0s", "auth.expiry_warning=0s");

  private RawWs anonymous() {
    RawWs client = server.rawWsAt("/v1/ws", 0, new byte[0]);
    assertThat(client.nextText()).contains("\"authenticated\":false");
    return client;
  }

  private String shortLived() {
    return server.token("acme", ALL, ALL, Duration.ofSeconds(2));
  }

  private static String auth(String token) {
    return "{\"op\":\"auth\",\"id\":1,\"token\":\"" + token + "\"}";
  }

  @Test
  void closesAPeerThatNeverSaysWhoItIs() {
    server.restart("timeouts.handshake=200ms");
    assertThat(anonymous().closeCode()).isEqualTo(CloseReason.HANDSHAKE_TIMEOUT.code());
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void closesAPeerThatTalksButNeverSaysWhoItIs() {
    server.restart("timeouts.handshake=200ms", "heartbeat.ws_ping=10ms");
    RawWs client = anonymous();
    RawWs.Frame frame = client.next();
    while (frame.opcode() == RawWs.PING) {
      client.send(RawWs.masked(RawWs.FIN | RawWs.PONG, new byte[0]));
      frame = client.next();
    }
    assertThat(frame.text()).contains("\"reason\":\"handshake_timeout\"", "\"reconnect\":false");
  }

  @Test
  void admitsAPeerByItsFirstCommand() {
    RawWs client = anonymous();
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"unauthenticated\"");
    client.send("{\"op\":\"publish\",\"id\":1,\"topic\":\"t\",\"type\":\"note\"}");
    assertThat(client.nextReply()).contains("\"unauthenticated\"");
    client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"unauthenticated\"");

    client.send(auth(server.token()));

    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
    client.send("{\"op\":\"subscribe\",\"id\":2,\"topic\":\"t\"}");
    assertThat(client.nextReply()).startsWith("{\"op\":\"ack\",\"id\":2,\"topic\":\"t\"");
  }

  @Test
  void closesALiveWebSocketWhenItsTokenExpires() {
    RawWs client = server.rawWsAt("/v1/ws?token=" + shortLived(), 0, new byte[0]);
    client.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"ack\"");

    List<RawWs.Frame> frames = client.untilClosed();

    assertThat(frames.getLast().code()).isEqualTo(4004);
    assertThat(frames.get(frames.size() - 2).text())
        .contains("\"op\":\"close\"", "\"reason\":\"token_expired\"", "\"cursors\":{\"t\":\"");
  }

  @Test
  void endsALiveEventStreamWhenItsTokenExpires() {
    SseClient client = server.sseAt("/v1/sse?topic=t&token=" + shortLived());
    assertThat(client.next().data()).contains("\"op\":\"welcome\"");
    assertThat(client.next().data()).contains("\"op\":\"close\"", "\"reason\":\"token_expired\"");
    assertThat(client.ends()).isTrue();
  }

  @Test
  void outlivesItsFirstTokenOnceTheUserBroughtAnother() {
    String token = shortLived();
    RawWs refreshed = server.rawWsAt("/v1/ws?token=" + token, 0, new byte[0]);
    RawWs expiring = server.rawWsAt("/v1/ws?token=" + token, 0, new byte[0]);
    refreshed.send(auth(server.token()));
    assertThat(refreshed.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":1}");

    assertThat(expiring.closeCode()).isEqualTo(4004);

    refreshed.send("{\"op\":\"ping\",\"id\":2}");
    assertThat(refreshed.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":2}");
  }

  @Test
  void refusesTheTokenOfAnotherUserAndKeepsTheFirst() {
    RawWs client = server.rawWs();
    client.send(auth(server.token("bob", "acme", ALL, ALL, Duration.ofHours(1))));
    assertThat(client.nextReply()).contains("\"forbidden\"");
    client.send(auth(server.token("ann", "other", ALL, ALL, Duration.ofHours(1))));
    assertThat(client.nextReply()).contains("\"forbidden\"");
    client.send("{\"op\":\"subscribe\",\"id\":2,\"topic\":\"t\"}");
    assertThat(client.nextReply()).contains("\"ack\"");
  }

  @Test
  void keepsTheFirstTokenWhenTheNextIsGarbage() {
    RawWs client = server.rawWs();
    client.send(auth("garbage"));
    assertThat(client.nextReply()).contains("\"unauthenticated\"").doesNotContain("garbage");
    client.send("{\"op\":\"ping\",\"id\":2}");
    assertThat(client.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":2}");
  }
}
