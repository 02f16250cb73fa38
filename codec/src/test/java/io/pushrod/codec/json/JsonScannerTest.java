package io.pushrod.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonScannerTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "\"\"",
        "0",
        "-0",
        "1.5",
        "-12.25e+10",
        "1E-3",
        "true",
        "false",
        "null",
        "{\"a\":[1,{\"b\":null},[]],\"c\":\"d\"}",
        "[[],{},\"\",0]",
        "{\"a\":1,\"a\":2}",
        "{\"\":0}",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00\"",
        "\"\\ud800\"",
        "\"\\uDC00\\uD800\"",
        "\"\u007f\u0080é漢😀\"",
        "123456789012345678901234567890.123456789e400"
      })
  void acceptsWhatIsJsonOnOneLine(String text) {
    assertThat(check(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " 1",
        "1\n",
        "[1, 2]",
        "{ }",
        "[\t]",
        "{\"a\" :1}",
        "{\"a\":\r1}",
        "[1 ]",
        "[1 ,2]"
      })
  void saysWhenThereIsWhiteSpaceToDrop(String text) {
    assertThat(check(text)).isFalse();
  }

  @Test
  void whiteSpaceWithinAStringIsContent() {
    assertThat(check("\" a b \"")).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``            | 0 | a value",
        "`  `          | 2 | a value",
        "{             | 1 | a name or }",
        "[             | 1 | a value or ]",
        "]             | 0 | a value",
        "}             | 0 | a value",
        "[}            | 1 | a value or ]",
        "{]            | 1 | a name or }",
        "[1}           | 2 | , or ]",
        "{\"a\":1]     | 6 | , or }",
        "[1,]          | 3 | a value",
        "{\"a\":1,}    | 7 | a name",
        "{,}           | 1 | a name or }",
        "[,1]          | 1 | a value or ]",
        "{1:2}         | 1 | a name or }",
        "{\"a\"}       | 4 | :",
        "{\"a\"::1}    | 5 | a value",
        "{\"a\":}      | 5 | a value",
        "{\"a\" 1}     | 5 | :",
        "[1 2]         | 3 | , or ]",
        "1 2           | 2 | nothing more",
        "{}{}          | 2 | nothing more",
        "1,            | 1 | nothing more",
        "\"a           | 2 | the end of a string",
        "\"a\\         | 3 | the end of a string",
        "\"\\x\"       | 2 | a character or an escape",
        "\"\\u12g4\"   | 5 | a character or an escape",
        "\"\\u12       | 5 | the end of a string",
        "'a'           | 0 | a value",
        "tru           | 3 | true, false or null",
        "True          | 0 | a value",
        "nul1          | 3 | true, false or null",
        "01            | 1 | nothing more",
        "-             | 1 | a value",
        "-a            | 1 | a value",
        "+1            | 0 | a value",
        ".5            | 0 | a value",
        "1.            | 2 | a value",
        "1.e5          | 2 | a value",
        "1e            | 2 | a value",
        "1e+           | 3 | a value",
        "0x1           | 1 | nothing more",
        "NaN           | 0 | a value",
        "Infinity      | 0 | a value",
        "/**/1         | 0 | a value",
        "[1]//         | 3 | nothing more",
      })
  void refusesWhatIsNotJsonAndSaysWhere(String text, int at, String expected) {
    RequestException refusal = refusal(text.getBytes(UTF_8));
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_JSON);
    assertThat(refusal).hasMessage("data: byte " + at + " (expected: " + expected + ")");
  }

  @ParameterizedTest
  @ValueSource(strings = {"00", "01", "09", "0a", "0d", "1f"})
  void refusesControlCharactersInStrings(String hex) {
    for (String before : new String[] {"", "61", "6161616161616161"}) {
      RequestException refusal = refusal("22" + before + hex + "22616161616161616161");
      assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_JSON);
      assertThat(refusal).hasMessageContaining("byte " + (1 + before.length() / 2));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80",
        "c080",
        "c1bf",
        "e08080",
        "eda080",
        "edbfbf",
        "f0808080",
        "f4908080",
        "ff",
        "c3",
        "e6bc",
        "f09f98"
      })
  void refusesStringsThatAreNotUtf8(String hex) {
    RequestException refusal = refusal("2261c3a9" + hex + "22");
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_UTF8);
    assertThat(refusal).hasMessage("data: byte 4 (expected: UTF-8)");
    assertThat(refusal("2261c3a9" + hex).code()).isEqualTo(ErrorCode.BAD_UTF8);
  }

  @Test
  void refusesAByteOrderMark() {
    assertThat(refusal("efbbbf7b7d").code()).isEqualTo(ErrorCode.BAD_JSON);
  }

  @Test
  void acceptsNestingUpToTheLimit() {
    assertThat(check("[".repeat(64) + "]".repeat(64))).isTrue();
    assertThat(check("{\"a\":".repeat(64) + "1" + "}".repeat(64))).isTrue();
    assertThat(check("[{\"a\":".repeat(32) + "1" + "}]".repeat(32))).isTrue();
  }

  @Test
  void refusesNestingBeyondTheLimit() {
    assertThat(refusal(("[".repeat(65) + "]".repeat(65)).getBytes(UTF_8)))
        .hasMessage("data: byte 64 (expected: at most 64 levels)");
  }

  @Test
  void refusesADepthBombAtItsFirstLevelTooMany() {
    assertThat(refusal("[".repeat(1_000_000).getBytes(UTF_8))).hasMessageContaining("byte 64 ");
    assertThat(refusal("{\"a\":".repeat(100_000).getBytes(UTF_8)))
        .hasMessageContaining("at most 64");
  }

  @Test
  void namesTheValueInErrorsAndNeverShowsIt() {
    ByteBuf buf = Unpooled.copiedBuffer("secret", UTF_8);
    RequestException refusal =
        catchThrowableOfType(
            RequestException.class,
            () -> JsonScanner.check("command", buf, 0, buf.readableBytes()));
    assertThat(refusal).hasMessage("command: byte 0 (expected: a value)");
  }

  @Test
  void readsOnlyItsRange() {
    for (ByteBuf buf : new ByteBuf[] {Unpooled.buffer(), Unpooled.directBuffer()}) {
      buf.writeCharSequence("xx[1]yy", UTF_8);
      buf.readerIndex(1);
      assertThat(JsonScanner.check(buf, 2, 3)).isTrue();
      assertThat(buf.readerIndex()).isEqualTo(1);
      buf.release();
    }
  }

  @Test
  void readsASliceOfAnArray() {
    ByteBuf slice = Unpooled.copiedBuffer("xx[1]yy", UTF_8).slice(1, 5);
    assertThat(JsonScanner.check(slice, 1, 3)).isTrue();
  }

  @Test
  void readsWhatIsLargerThanItKeepsMemoryFor() {
    for (int length : new int[] {5_000, 70_000, 300_000}) {
      assertThat(check("\"" + "é".repeat(length) + "\"")).isTrue();
      assertThat(refusal(("\"" + "é".repeat(length)).getBytes(UTF_8)).code())
          .isEqualTo(ErrorCode.BAD_JSON);
    }
  }

  @Test
  void findsTheEndOfAStringAtEveryAlignment() {
    for (int length = 0; length < 40; length++) {
      assertThat(check("\"" + "a".repeat(length) + "\"")).isTrue();
      assertThat(check("[\"" + "a".repeat(length) + "\\\"\",\"é\"]")).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "` { \"a b\" : [ 1 , 2.50 , \"x \\\" y\" ] } ` | `{\"a b\":[1,2.50,\"x \\\" y\"]}`",
        "`\t1e5\r\n`                                  | `1e5`",
        "`\" \\\\\" `                                 | `\" \\\\\"`",
        "`[]`                                         | `[]`",
      })
  void compactsWithoutTouchingContent(String text, String compact) {
    assertThat(compacted(text, Unpooled.buffer())).isEqualTo(compact);
    assertThat(compacted(text, Unpooled.directBuffer())).isEqualTo(compact);
  }

  private static String compacted(String text, ByteBuf buf) {
    buf.writeCharSequence("##" + text + "##", UTF_8);
    ByteBuf out = Unpooled.buffer();
    JsonScanner.compact(buf, 2, buf.readableBytes() - 4, out);
    buf.release();
    return out.toString(UTF_8);
  }

  /// Checks in the heap and outside it, and demands one answer.
  private static boolean check(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    boolean compact = JsonScanner.check(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    ByteBuf direct = Unpooled.directBuffer().writeBytes(bytes);
    assertThat(JsonScanner.check(direct, 0, bytes.length)).isEqualTo(compact);
    direct.release();
    return compact;
  }

  private static RequestException refusal(String hex) {
    return refusal(HexFormat.of().parseHex(hex));
  }

  private static RequestException refusal(byte[] bytes) {
    ByteBuf buf = Unpooled.wrappedBuffer(bytes);
    RequestException refusal =
        catchThrowableOfType(
            RequestException.class, () -> JsonScanner.check(buf, 0, buf.readableBytes()));
    assertThat(refusal).isNotNull();
    return refusal;
  }
}
