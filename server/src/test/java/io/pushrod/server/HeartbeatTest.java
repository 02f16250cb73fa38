package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class HeartbeatTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("heartbeat.ws_ping=100ms", "heartbeat.sse_comment=100ms");

  @Test
  void closesAWebSocketThatLeavesTwoPingsUnanswered() {
    RawWs client = server.rawWs();
    List<RawWs.Frame> frames = client.untilClosed();

    assertThat(frames)
        .extracting(RawWs.Frame::opcode)
        .containsExactly(RawWs.PING, RawWs.PING, RawWs.TEXT, RawWs.CLOSE);
    assertThat(frames.get(2).text()).contains("\"reason\":\"pong_timeout\"", "\"reconnect\":true");
    assertThat(frames.getLast().code()).isEqualTo(CloseReason.PONG_TIMEOUT.code());
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.PONG_TIMEOUT)).isEqualTo(1);
    assertThat(server.scraped("pushrod_pongs_missed_total")).isPositive();
  }

  @Test
  void keepsAWebSocketThatAnswersWithPongs() {
    RawWs client = server.rawWs();
    for (int i = 0; i < 6; i++) {
      assertThat(client.next().opcode()).isEqualTo(RawWs.PING);
      client.send(RawWs.masked(RawWs.FIN | RawWs.PONG, new byte[0]));
    }
    assertThat(server.count(Counter.PONGS_MISSED)).isZero();
  }

  @Test
  void takesACommandAsASignOfLife() {
    RawWs client = server.rawWs();
    int pings = 0;
    while (pings < 6) {
      RawWs.Frame frame = client.next();
      if (frame.opcode() == RawWs.PING) {
        pings++;
        client.send("{\"op\":\"ping\",\"id\":1}");
      } else {
        assertThat(frame.text()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
      }
    }
  }

  @Test
  void commentsAnIdleEventStream() {
    RawClient client = server.raw(0);
    client.request("GET", "/v1/sse?topic=t&token=" + server.token());
    StringBuilder all = new StringBuilder();
    while (all.toString().split("\r\n:\n\n\r\n", -1).length < 4) {
      all.append(client.text(1));
    }
    assertThat(all.toString()).endsWith("\r\n\r\n3\r\n:\n\n\r\n".substring(4));
    assertThat(server.scraped("pushrod_heartbeats_sent_total")).isGreaterThanOrEqualTo(3);
  }
}
