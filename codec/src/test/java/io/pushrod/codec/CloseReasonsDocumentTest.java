package io.pushrod.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// Renders `docs/close-reasons.md` from the code, and fails when the page is another.
class CloseReasonsDocumentTest {
  private static final Path PAGE =
      Path.of(System.getProperty("pushrod.root", ".."), "docs", "close-reasons.md");

  private static final String HEAD =
      """
      # Close reasons

      Why Pushrod ends a connection, and what its client should do. One table in the code (`CloseReason`) is behind
      WebSocket close codes, the last event of an event stream, ingest's `goaway`, and the label `reason` of
      `pushrod_connections_closed_total`. This page is rendered from it: `mvn test -pl codec
      -Dtest=CloseReasonsDocumentTest -Dpushrod.docs.write=true` writes it anew.

      Codes below 4000 have their meaning of RFC 6455 section 7.4.1. 4000–4499 say: come back. 4500–4999 say: don't,
      until something has changed.

      | transport | how it is told |
      |---|---|
      | WebSocket | a control `{"op":"close",…}` with the name, the wait and a cursor for each topic, then a close frame with code and text |
      | event stream | the same control as the last event, then the end. The browser's EventSource comes back by itself, so a page that is told not to calls `close()` |
      | ingest | a `goaway` frame with the code, whether to reconnect, the wait and the text |

      The wait is the least; clients add jitter of the same size.

      | code | name | text | come back | after |
      |---|---|---|---|---|
      """;

  @Test
  void thePageIsWhatTheCodeSays() throws IOException {
    String rendered = rendered();
    if (Boolean.getBoolean("pushrod.docs.write")) {
      Files.writeString(PAGE, rendered);
    }
    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("docs/close-reasons.md is stale; run again with -Dpushrod.docs.write=true")
        .isEqualTo(rendered);
  }

  private static String rendered() {
    StringBuilder page = new StringBuilder(HEAD);
    for (CloseReason reason : CloseReason.values()) {
      page.append("| ").append(reason.code());
      page.append(" | `").append(reason.label()).append("` | ").append(reason.text());
      page.append(" | ").append(comeBack(reason)).append(" | ").append(after(reason));
      page.append(" |\n");
    }
    return page.toString();
  }

  private static String comeBack(CloseReason reason) {
    if (reason == CloseReason.REPLACED) {
      return "readers yes, publishers no";
    }
    return reason.reconnect() ? "yes" : "no";
  }

  private static String after(CloseReason reason) {
    if (!reason.reconnect()) {
      return "–";
    }
    int millis = reason.retryAfterMillis();
    return millis == 0 ? "at once" : millis / 1000 + " s";
  }
}
