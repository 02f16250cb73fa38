package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LineReaderTest {
  private static List<String> lines(Reader in, int maxChars) throws IOException {
    LineReader reader = new LineReader(in, maxChars);
    List<String> lines = new ArrayList<>();
    for (String line = reader.next(); line != null; line = reader.next()) {
      lines.add(line);
    }
    return lines;
  }

  @Test
  void keepsLineEnds() throws IOException {
    assertThat(lines(new StringReader("a\nbc\r\n\nlast"), 100))
        .containsExactly("a\n", "bc\r\n", "\n", "last");
    assertThat(lines(new StringReader(""), 100)).isEmpty();
    assertThat(lines(new StringReader("\n"), 100)).containsExactly("\n");
  }

  @Test
  void aLongLineComesInPieces() throws IOException {
    assertThat(lines(new StringReader("abcdefgh\nij\n"), 3))
        .containsExactly("abc", "def", "gh\n", "ij\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 8_191, 8_192, 8_193})
  void joinsWhatComesInPieces(int pieceChars) throws IOException {
    String text = "x".repeat(20_000) + "\ny\n";
    Reader slow =
        new StringReader(text) {
          @Override
          public int read(char[] buffer, int from, int length) throws IOException {
            return super.read(buffer, from, Math.min(length, pieceChars));
          }
        };
    assertThat(lines(slow, 100_000)).containsExactly("x".repeat(20_000) + "\n", "y\n");
  }

  @Test
  void whatPassesEarlyComesBeforeItsLineIsComplete() throws IOException {
    Reader slow =
        new StringReader("text\n{held back}\n") {
          @Override
          public int read(char[] buffer, int from, int length) throws IOException {
            return super.read(buffer, from, Math.min(length, 3));
          }

          @Override
          public boolean ready() {
            return false;
          }
        };
    LineReader reader = new LineReader(slow, 100, line -> line.charAt(0) != '{');
    assertThat(reader.next()).isEqualTo("tex");
    assertThat(reader.next()).isEqualTo("t\n");
    assertThat(reader.next()).isEqualTo("{held back}\n");
    assertThat(reader.next()).isNull();
  }
}
