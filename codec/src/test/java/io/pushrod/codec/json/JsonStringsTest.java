package io.pushrod.codec.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonStringsTest {
  @Test
  void decodesEveryEscape() {
    assertThat(decoded("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\u0041\\uD83D\\uDE00é😀\""))
        .isEqualTo("a\"\\/\b\f\n\r\téA😀é😀");
    assertThat(decoded("\"\"")).isEmpty();
    assertThat(decoded("\"plain\"")).isEqualTo("plain");
    assertThat(decoded("\"\\\\u0041\"")).isEqualTo("\\u0041");
  }

  @Test
  void escapesWhatMustBe() {
    assertThat(written("a\"b\\c\n\r\t\u0000\u001f/\u007fé😀"))
        .isEqualTo("\"a\\\"b\\\\c\\n\\r\\t\\u0000\\u001f/\u007fé😀\"");
    assertThat(written("")).isEqualTo("\"\"");
  }

  @Test
  void writesALoneSurrogateAsAQuestionMark() {
    assertThat(written("a\ud800b")).isEqualTo("\"a?b\"");
    assertThat(written("\ud832\ud416")).isEqualTo("\"?\ud416\"");
  }

  @Property
  void readsWhatItWrites(@ForAll String text) {
    String clean = text.replaceAll("[\\ud800-\\udfff]", "?");
    ByteBuf out = Unpooled.buffer();
    JsonStrings.write(out, clean);
    assertThat(JsonScanner.check(out, 0, out.readableBytes())).isTrue();
    assertThat(JsonStrings.decode(out, 0, out.readableBytes())).isEqualTo(clean);
  }

  @Test
  void writesObjects() {
    ByteBuf out = Unpooled.buffer();
    JsonObjectWriter object = new JsonObjectWriter(out).text("a", "x\"").number("b", -5);
    object.bool("c", true).raw("d", "[1]").raw("e", null).name("f");
    new JsonObjectWriter(out).end();
    object.end();
    assertThat(out.toString(UTF_8))
        .isEqualTo("{\"a\":\"x\\\"\",\"b\":-5,\"c\":true,\"d\":[1],\"f\":{}}");
  }

  private static String decoded(String json) {
    ByteBuf buf = Unpooled.copiedBuffer("#" + json + "#", UTF_8);
    return JsonStrings.decode(buf, 1, buf.readableBytes() - 2);
  }

  private static String written(String text) {
    ByteBuf out = Unpooled.buffer(1);
    JsonStrings.write(out, text);
    return out.toString(UTF_8);
  }
}
