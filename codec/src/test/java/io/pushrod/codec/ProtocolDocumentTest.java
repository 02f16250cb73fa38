package io.pushrod.codec;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds `docs/protocol.md` to the code.
class ProtocolDocumentTest {
  private final List<String> lines =
      Files.readAllLines(Path.of(System.getProperty("pushrod.root", ".."), "docs", "protocol.md"));

  ProtocolDocumentTest() throws IOException {}

  @Test
  void listsEveryCloseReason() {
    assertThat(rows("### 7.1 Close reasons"))
        .isEqualTo(
            Stream.of(CloseReason.values())
                .map(
                    reason ->
                        "| %d | `%s` | %s | %d | %s |"
                            .formatted(
                                reason.code(),
                                reason.label(),
                                reason.reconnect() ? "yes" : "no",
                                reason.retryAfterMillis(),
                                reason.text()))
                .toList());
  }

  @Test
  void listsEveryErrorCode() {
    assertThat(rows("### 7.2 Error codes"))
        .isEqualTo(
            Stream.of(ErrorCode.values())
                .map(
                    code ->
                        "| `%s` | %d | %s |"
                            .formatted(
                                code.label(), code.status(), code.retryable() ? "yes" : "no"))
                .toList());
  }

  @Test
  void namesEverySpellingIdAndReason() {
    var text = String.join("\n", lines);
    Stream.of(
            Stream.of(StartSpelling.values()).map(StartSpelling::label),
            Stream.of(IdField.values()).map(IdField::label),
            Stream.of(GapReason.values()).map(GapReason::label),
            Stream.of(OverflowPolicy.values()).map(OverflowPolicy::label),
            Stream.of(EventClass.values()).map(EventClass::label))
        .flatMap(labels -> labels)
        .forEach(label -> assertThat(text).contains('`' + label + '`'));
  }

  /// The rows of the first table after a heading.
  private List<String> rows(String heading) {
    return lines.stream()
        .dropWhile(line -> !line.equals(heading))
        .dropWhile(line -> !line.startsWith("|---"))
        .skip(1)
        .takeWhile(line -> line.startsWith("|"))
        .toList();
  }
}
