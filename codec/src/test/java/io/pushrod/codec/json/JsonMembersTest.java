package io.pushrod.codec.json;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JsonMembersTest {
  private final JsonMembers members = new JsonMembers();

  @Test
  void walksMembersInOrderWithRawNamesAndValues() {
    assertThat(walk("{\"a\":1,\"b\":\"x\",\"c\":{\"d\":[1,2]},\"e\":[],\"\":null,\"f\":-1.5e3}"))
        .containsExactly("a=1", "b=\"x\"", "c={\"d\":[1,2]}", "e=[]", "=null", "f=-1.5e3");
  }

  @Test
  void stepsOverWhiteSpace() {
    assertThat(walk(" { \"a\" : 1 ,\n\"b\" : [ 1 , 2 ] , \"c\" : true\t} "))
        .containsExactly("a=1", "b=[ 1 , 2 ]", "c=true");
  }

  @Test
  void anEmptyObjectHasNone() {
    assertThat(walk("{}")).isEmpty();
    assertThat(walk("{ }")).isEmpty();
  }

  @Test
  void isNotFooledByBracketsAndQuotesInStrings() {
    assertThat(walk("{\"a\\\"}\":\"{[\\\\\",\"b\":[\"]\",\"\\\"\"],\"c\":\"\\\\\\\"\"}"))
        .containsExactly("a\\\"}=\"{[\\\\\"", "b=[\"]\",\"\\\"\"]", "c=\"\\\\\\\"\"");
  }

  @Test
  void endsForGood() {
    members.reset(Unpooled.copiedBuffer("{\"a\":1}", UTF_8), 0, 7);
    assertThat(members.next()).isTrue();
    assertThat(members.next()).isFalse();
    assertThat(members.next()).isFalse();
  }

  @Test
  void reportsRepeatedNamesAsOftenAsTheyAreThere() {
    assertThat(walk("{\"a\":1,\"a\":2}")).containsExactly("a=1", "a=2");
  }

  @Test
  void comparesNamesExactly() {
    members.reset(Unpooled.copiedBuffer("{\"op\":1}", UTF_8), 0, 8);
    members.next();
    assertThat(members.nameEquals("op".getBytes(US_ASCII))).isTrue();
    assertThat(members.nameEquals("oq".getBytes(US_ASCII))).isFalse();
    assertThat(members.nameEquals("ops".getBytes(US_ASCII))).isFalse();
  }

  @Test
  void tellsObjectsFromOtherValues() {
    assertThat(JsonMembers.isObject(Unpooled.copiedBuffer(" {}", UTF_8), 0, 3)).isTrue();
    assertThat(JsonMembers.isObject(Unpooled.copiedBuffer("[{}]", UTF_8), 0, 4)).isFalse();
  }

  @Test
  void walksElements() {
    assertThat(elements("[1, \"a,]\" ,[2,[3]],{\"b\":[]},null]"))
        .containsExactly("1", "\"a,]\"", "[2,[3]]", "{\"b\":[]}", "null");
    assertThat(elements("[ ]")).isEmpty();
  }

  @Property(tries = 2000)
  void findsTheMembersThatJacksonFinds(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    String text =
        "{\"k1\":%s,\"k\\\"2\": %s ,\"k3\":%s}"
            .formatted(JsonText.random(random), JsonText.random(random), JsonText.random(random));
    assertThat(walk(text)).isEqualTo(jacksonMembers(text));
  }

  private List<String> walk(String text) {
    ByteBuf buf = Unpooled.directBuffer();
    buf.writeCharSequence("##" + text, UTF_8);
    members.reset(buf, 2, buf.readableBytes() - 2);
    List<String> found = new ArrayList<>();
    while (members.next()) {
      found.add(
          buf.toString(members.nameOffset(), members.nameLength(), UTF_8)
              + "="
              + buf.toString(members.valueOffset(), members.valueLength(), UTF_8));
    }
    buf.release();
    return found;
  }

  private static List<String> elements(String text) {
    ByteBuf buf = Unpooled.copiedBuffer(text, UTF_8);
    JsonElements elements = new JsonElements(buf, 0, buf.readableBytes());
    List<String> found = new ArrayList<>();
    while (elements.next()) {
      found.add(buf.toString(elements.valueOffset(), elements.valueLength(), UTF_8));
    }
    return found;
  }

  private static List<String> jacksonMembers(String text) throws IOException {
    List<String> found = new ArrayList<>();
    byte[] bytes = text.getBytes(UTF_8);
    try (JsonParser parser = new JsonFactory().createParser(bytes)) {
      parser.nextToken();
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        String name = parser.currentName().replace("\"", "\\\"");
        parser.nextToken();
        int from = (int) parser.currentTokenLocation().getByteOffset();
        parser.skipChildren();
        parser.finishToken();
        int to = (int) parser.currentLocation().getByteOffset();
        found.add(name + "=" + new String(bytes, from, to - from, UTF_8).stripTrailing());
      }
    }
    return found;
  }
}
