package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.http.RawClient.Answer;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.RunningServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Opening handshakes that are none (RFC 6455 section 4.2.1).
final class WebSocketUpgradeTest {
  private static final String REQUEST = "GET /v1/ws HTTP/1.1";
  private static final String UPGRADE = "Upgrade: websocket";
  private static final String CONNECTION = "Connection: Upgrade";
  private static final String VERSION = "Sec-WebSocket-Version: 13";
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

  @RegisterExtension final RunningServer server = new RunningServer();

  private Answer answerTo(String... lines) {
    try (RawClient client = server.raw(0)) {
      return client.send(RawClient.head(lines)).answer();
    }
  }

  private static String[] with(String... more) {
    List<String> lines = new ArrayList<>();
    lines.add(REQUEST);
    lines.add("Host: push.test");
    lines.addAll(List.of(more));
    return lines.toArray(String[]::new);
  }

  @Test
  void switchesWhenAskedAsItShould() {
    assertThat(answerTo(with(UPGRADE, CONNECTION, VERSION, KEY)).status()).isEqualTo(101);
    assertThat(
            answerTo(with("upgrade: WebSocket", "connection: keep-alive, upgrade", VERSION, KEY))
                .status())
        .isEqualTo(101);
  }

  @ParameterizedTest
  @ValueSource(strings = {"12", "14", "8", "99", "013", "+13", "13, 8", "13.0", ""})
  void tellsItsVersionToAPeerOfAnother(String version) {
    Answer answer = answerTo(with(UPGRADE, CONNECTION, "Sec-WebSocket-Version: " + version, KEY));
    assertThat(answer.status()).isEqualTo(426);
    assertThat(answer.header("Sec-WebSocket-Version")).isEqualTo("13");
    assertThat(answer.header("Upgrade")).isEqualTo("websocket");
  }

  @Test
  void tellsItsVersionToAPeerOfNoneOrTwo() {
    assertThat(answerTo(with(UPGRADE, CONNECTION, KEY)).status()).isEqualTo(426);
    assertThat(
            answerTo(with(UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Version: 8", KEY)).status())
        .isEqualTo(426);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "dGhlIHNhbXBsZSBub25jZQ",
        "dGhlIHNhbXBsZSBub25jZ===",
        "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZQ==",
        "dGhl!HNhbXBsZSBub25jZQ==",
        "dGhlIHNhbXBsZSBub25jZSBub25jZQ==",
      })
  void refusesAKeyThatIsNotSixteenBytes(String key) {
    assertThat(answerTo(with(UPGRADE, CONNECTION, VERSION, "Sec-WebSocket-Key: " + key)).status())
        .isEqualTo(400);
  }

  @Test
  void refusesNoKeyAndTwoKeys() {
    assertThat(answerTo(with(UPGRADE, CONNECTION, VERSION)).status()).isEqualTo(400);
    assertThat(answerTo(with(UPGRADE, CONNECTION, VERSION, KEY, KEY)).status()).isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Upgrade: websocket  | Connection: close",
        "Upgrade: websocket  | Connection: keep-alive",
        "Upgrade: websocket  | Connection: upgraded",
        "Upgrade: h2c        | Connection: Upgrade",
        "Upgrade: websocket2 | Connection: Upgrade",
        "X: y                | Connection: Upgrade",
        "X: y                | X: z",
      })
  void doesNotSwitchForWhoDoesNotAsk(String upgrade, String connection) {
    assertThat(answerTo(with(upgrade, connection, VERSION, KEY)).status()).isEqualTo(426);
  }

  @Test
  void doesNotSwitchForTwoUpgradeHeaders() {
    assertThat(answerTo(with(UPGRADE, UPGRADE, CONNECTION, VERSION, KEY)).status()).isEqualTo(426);
  }

  @Test
  void doesNotSwitchForHttp10OrAnotherMethod() {
    String[] old = with(UPGRADE, CONNECTION, VERSION, KEY);
    old[0] = "GET /v1/ws HTTP/1.0";
    assertThat(answerTo(old).status()).isEqualTo(426);
    for (String method : List.of("POST", "PUT", "DELETE", "get")) {
      String[] other = with(UPGRADE, CONNECTION, VERSION, KEY);
      other[0] = method + " /v1/ws HTTP/1.1";
      assertThat(answerTo(other).status()).as(method).isEqualTo(405);
    }
  }

  @Test
  void refusesAnUpgradeWithABody() {
    try (RawClient client = server.raw(0)) {
      client.send(
          RawClient.head(with(UPGRADE, CONNECTION, VERSION, KEY, "Content-Length: 3")) + "abc");
      assertThat(client.answer().status()).isEqualTo(400);
    }
    try (RawClient client = server.raw(0)) {
      client.send(
          RawClient.head(with(UPGRADE, CONNECTION, VERSION, KEY, "Transfer-Encoding: chunked"))
              + "1\r\na\r\n0\r\n\r\n");
      assertThat(client.answer().status()).isEqualTo(400);
    }
  }

  @Test
  void refusesAnUpgradeInFoldedLines() {
    assertThat(answerTo(with("Upgrade:\r\n websocket", CONNECTION, VERSION, KEY)).status())
        .isEqualTo(400);
    assertThat(server.count(Counter.HTTP_BAD_HEAD)).isEqualTo(1);
  }
}
