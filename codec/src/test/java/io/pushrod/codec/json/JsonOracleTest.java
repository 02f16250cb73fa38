package io.pushrod.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.RequestException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/// Compares with jackson-core. Jackson's own reading of bytes passes overlong UTF-8 and encoded
/// surrogates, skips a byte order mark and guesses UTF-16; so the JDK, which is strict, decodes
/// first, and Jackson parses characters.
class JsonOracleTest {
  private static final JsonFactory JACKSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(JsonScanner.MAX_DEPTH).build())
          .build();
  private static final Pattern LONE_SURROGATE = Pattern.compile("\\\\u[dD][89a-fA-F]");
  private static final byte[] TELLING = "{}[]\",:\\u0-+.eE1tfn \n\t\u0000é".getBytes(UTF_8);

  @Property(tries = 3000)
  void acceptsAllThatIsJson(@ForAll long seed) {
    byte[] bytes = JsonText.random(new Random(seed)).getBytes(UTF_8);
    assertThat(jacksonAccepts(bytes)).isTrue();
    assertThat(accepts(bytes)).isTrue();
  }

  @Property(tries = 20_000)
  void agreesWithJacksonOnWhatIsAlmostJson(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] bytes = damaged(JsonText.random(random).getBytes(UTF_8), random);
    String text = new String(bytes, UTF_8);
    Assume.that(!LONE_SURROGATE.matcher(text.replaceAll("(?<!\\\\)\\\\ud83d\\\\ude00", "")).find());
    assertThat(accepts(bytes)).as(text).isEqualTo(jacksonAccepts(bytes));
  }

  @Property(tries = 3000)
  void compactTextMeansTheSame(@ForAll long seed) throws IOException {
    byte[] bytes = JsonText.random(new Random(seed)).getBytes(UTF_8);
    ByteBuf out = Unpooled.buffer();
    JsonScanner.compact(Unpooled.wrappedBuffer(bytes), 0, bytes.length, out);
    assertThat(JsonScanner.check(out, 0, out.readableBytes())).isTrue();
    assertThat(tokens(out.toString(UTF_8))).isEqualTo(tokens(new String(bytes, UTF_8)));
    assertThat(JsonScanner.check(Unpooled.wrappedBuffer(bytes), 0, bytes.length))
        .isEqualTo(out.readableBytes() == bytes.length);
  }

  private static byte[] damaged(byte[] bytes, Random random) {
    ByteBuf out = Unpooled.buffer().writeBytes(bytes);
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = random.nextInt(out.readableBytes() + 1);
      byte b =
          random.nextInt(4) == 0
              ? (byte) random.nextInt()
              : TELLING[random.nextInt(TELLING.length)];
      int dropped = Math.min(random.nextInt(3), out.readableBytes() - at);
      byte[] tail = new byte[out.readableBytes() - at - dropped];
      out.getBytes(at + dropped, tail).writerIndex(at);
      if (random.nextInt(3) > 0) {
        out.writeByte(b);
      }
      out.writeBytes(tail);
    }
    byte[] result = new byte[out.readableBytes()];
    out.readBytes(result);
    return result;
  }

  private static boolean accepts(byte[] bytes) {
    try {
      JsonScanner.check(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
      return true;
    } catch (RequestException e) {
      return false;
    }
  }

  private static boolean jacksonAccepts(byte[] bytes) {
    try {
      String text = UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      int depth = 0;
      int roots = 0;
      try (JsonParser parser = JACKSON.createParser(text)) {
        for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
          roots += depth == 0 ? 1 : 0;
          depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
          var _ = token.isScalarValue() ? parser.getText() : "";
        }
      }
      return roots == 1;
    } catch (CharacterCodingException e) {
      return false;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> tokens(String text) throws IOException {
    List<String> tokens = new ArrayList<>();
    try (JsonParser parser = JACKSON.createParser(text)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        tokens.add(token + parser.getText());
      }
    }
    return tokens;
  }
}
