package io.pushrod.bench.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class NatsRepliesTest {
  private static final String SESSION =
      """
      INFO {"server_id":"X","max_payload":1048576}
      PING
      MSG _INBOX.p0.17 1 27
      {"stream":"BENCH", "seq":9}
      MSG _INBOX.p0.18 1 28
      {"stream":"BENCH", "seq":10}
      PONG
      MSG _INBOX.p0.19 1 28
      {"stream":"BENCH", "seq":11}
      """
          .replace("\n", "\r\n");

  private final List<String> heard = new ArrayList<>();
  private final NatsReplies replies =
      new NatsReplies(
          new NatsReplies.Listener() {
            @Override
            public void onStored(long ticket, long sequence) {
              heard.add(ticket + "=" + sequence);
            }

            @Override
            public void onPing() {
              heard.add("ping");
            }
          });

  private void accept(String text) throws IOException {
    byte[] bytes = text.getBytes(US_ASCII);
    replies.accept(bytes, bytes.length);
  }

  @Test
  void tellsWhatJetStreamStoredAndThatItPings() throws IOException {
    accept(SESSION);
    assertThat(heard).containsExactly("ping", "17=9", "18=10", "19=11");
  }

  @Test
  void readsTheSameInPiecesOfAnySize() throws IOException {
    byte[] session = SESSION.getBytes(US_ASCII);
    for (int size = 1; size < session.length; size++) {
      heard.clear();
      for (int from = 0; from < session.length; from += size) {
        byte[] piece = Arrays.copyOfRange(session, from, Math.min(session.length, from + size));
        replies.accept(piece, piece.length);
      }
      assertThat(heard).as("pieces of " + size).containsExactly("ping", "17=9", "18=10", "19=11");
    }
  }

  @Test
  void failsWithWhatTheServerRefuses() {
    assertThatThrownBy(() -> accept("-ERR 'Permissions Violation'\r\n"))
        .isInstanceOf(IOException.class)
        .hasMessage("-ERR 'Permissions Violation'");
  }

  @Test
  void failsWhenJetStreamDidNotStoreIt() {
    String body = "{\"error\":{\"code\":503,\"description\":\"no space\"}}";
    assertThatThrownBy(() -> accept("MSG _INBOX.p0.1 1 " + body.length() + "\r\n" + body + "\r\n"))
        .isInstanceOf(IOException.class)
        .hasMessage(body);
  }

  @Test
  void failsAtAMessageThatIsNoAcknowledgement() {
    assertThatThrownBy(() -> accept("MSG _INBOX.p0.1 1 2\r\n{}\r\n"))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("(expected: an acknowledgement of JetStream)");
  }
}
