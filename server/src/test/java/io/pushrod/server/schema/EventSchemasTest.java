package io.pushrod.server.schema;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

/// What the schemas of a folder admit.
class EventSchemasTest {
  private static final int STEPS = 200_000;

  @TempDir Path folder;

  private final ShardMetrics metrics = new ShardMetrics();
  private long nowNanos;

  private void schema(String file, String json) {
    try {
      Files.writeString(folder.resolve(file), json.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private EventSchemas load(boolean reject) {
    return EventSchemas.load(folder, reject, STEPS, () -> nowNanos);
  }

  private void check(EventSchemas schemas, String type, String json) {
    ByteBuf data = Unpooled.copiedBuffer("xx" + json.replace('\'', '"') + "xx", UTF_8);
    schemas.check(type, data, 2, data.readableBytes() - 4, metrics);
  }

  private String refusal(String type, String json) {
    try {
      check(load(true), type, json);
      return "";
    } catch (RequestException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.SCHEMA);
      return String.valueOf(e.getMessage());
    }
  }

  // What is refused.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'delta':'a','index':0,'extra':[]} |
          {'delta':7}                        | data/delta: breaks type
          {'index':0}                        | data: lacks delta
          {'delta':'a','index':-1}           | data/index: breaks minimum
          {'delta':'a','tags':['x',1]}       | data/tags/1: breaks type
          {'delta':'a','a/b~c':0}            | data/a~1b~0c: is not allowed
          {'delta':'a','kind':'secret'}      | data/kind: breaks enum
          'delta'                            | data: breaks type
          """)
  void namesTheFirstPlaceThatBreaksTheSchema(String data, String said) {
    schema(
        "token_chunk.json",
        "{'type':'object','required':['delta'],'properties':{'delta':{'type':'string'},"
            + "'index':{'type':'integer','minimum':0},'tags':{'items':{'type':'string'}},"
            + "'kind':{'enum':['a','b']},'a/b~c':false}}");

    String refused = refusal("token_chunk", data);

    assertThat(refused)
        .isEqualTo(said == null ? "" : said + " (expected: what the schema of token_chunk says)");
    assertThat(metrics.value(Counter.SCHEMA_REJECTED)).isEqualTo(said == null ? 0 : 1);
  }

  @Test
  void saysNothingOfValuesAndLittleOfNames() {
    schema("note.json", "{'additionalProperties':false}");

    assertThat(refusal("note", "{'\\n" + "é".repeat(2) + "x".repeat(500) + "':'secret'}"))
        .startsWith("data/???xxx")
        .contains("xxx...: is not allowed")
        .hasSizeLessThan(300)
        .doesNotContain("secret");
  }

  @Test
  void admitsWhatHasNoSchema() {
    schema("note.json", "false");

    assertThat(refusal("other", "{'a':1}")).isEmpty();
    assertThat(refusal("note", "{}")).startsWith("data: is not allowed");
  }

  @Test
  void takesTheSchemaBeforeTheColonForAKindWithoutItsOwn() {
    schema("custom.json", "{'type':'object'}");
    schema("custom:fraud.json", "{'type':'array'}");

    assertThat(refusal("custom:other", "[]")).isNotEmpty();
    assertThat(refusal("custom:fraud", "[]")).isEmpty();
    assertThat(refusal("custom:fraud", "{}")).isNotEmpty();
  }

  @Test
  void followsReferencesIntoTheSameFileAndTheOneBesideIt() {
    schema("a.json", "{'$ref':'b.json#/$defs/name','$defs':{'n':{'maxLength':3}}}");
    schema(
        "b.json",
        "{'$id':'https://example.com/b.json','$defs':{'name':{'$ref':'#/$defs/text'},"
            + "'text':{'type':'string'}}}");
    schema("c.json", "{'$ref':'#/$defs/n','$defs':{'n':{'maxLength':3}}}");
    schema(
        "d.json",
        "{'$ref':'https://example.com/b.json#/$defs/text','default':{'$ref':'nowhere.json'}}");

    assertThat(refusal("a", "1")).isNotEmpty();
    assertThat(refusal("a", "'x'")).isEmpty();
    assertThat(refusal("c", "'abcd'")).isNotEmpty();
    assertThat(refusal("d", "1")).isNotEmpty();
  }

  @Test
  void knowsPatternsOfNamesBesideNamesAndOthers() {
    schema(
        "note.json",
        "{'properties':{'a':true},'patternProperties':{'^x_':{'type':'integer'}},"
            + "'additionalProperties':false}");

    assertThat(refusal("note", "{'a':'1','x_b':1}")).isEmpty();
    assertThat(refusal("note", "{'x_b':'1'}")).startsWith("data/x_b: breaks type");
    assertThat(refusal("note", "{'b':1}")).startsWith("data/b: is not allowed");
  }

  // What only warns.

  @Test
  void countsAndLogsOnceAMinuteWhatOnlyWarns() {
    schema("note.json", "{'properties':{'key':{'type':'integer'}}}");
    EventSchemas schemas = load(false);
    Logger logger = (Logger) LoggerFactory.getLogger(EventSchemas.class);
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    logger.addAppender(lines);
    try {
      for (int i = 0; i < 4; i++) {
        check(schemas, "note", "{'key':'secret'}");
        nowNanos += TimeUnit.SECONDS.toNanos(25);
      }
    } finally {
      logger.detachAppender(lines);
    }

    assertThat(lines.list)
        .hasSize(2)
        .allSatisfy(
            line ->
                assertThat(line.getFormattedMessage())
                    .isEqualTo(
                        "schema: data of note breaks type at pushrod:/schemas/note.json"
                            + "#/properties/key; counted, and said once a minute"));
    assertThat(metrics.value(Counter.SCHEMA_WARNED)).isEqualTo(4);
    assertThat(metrics.value(Counter.SCHEMA_REJECTED)).isZero();
  }

  // What is too much.

  @Test
  void endsAPatternThatGoesBackAndForth() {
    schema("note.json", "{'pattern':'.*.*.*.*.*.*x'}");

    assertThat(refusal("note", "'" + "a".repeat(60) + "b'"))
        .startsWith("data: takes too many steps to check");
    assertThat(metrics.value(Counter.LIMIT_VALIDATION_STEPS)).isEqualTo(1);
  }

  @Test
  void endsAPatternOfNamesThatGoesBackAndForth() {
    schema("note.json", "{'patternProperties':{'.*.*.*.*.*.*x':false}}");

    assertThat(refusal("note", "{'" + "a".repeat(60) + "b':1}")).contains("too many steps");
  }

  @Test
  void endsAPatternThatNeedsAStackPerCharacter() {
    schema("note.json", "{'pattern':'^(a|b)*$'}");

    assertThat(refusal("note", "'" + "a".repeat(150_000) + "c'")).contains("too many steps");
  }

  @Test
  void endsComparingEveryElementWithEveryOther() {
    schema("note.json", "{'uniqueItems':true}");
    StringBuilder elements = new StringBuilder("[0");
    for (int i = 1; i < 10_000; i++) {
      elements.append(',').append(i);
    }

    assertThat(refusal("note", elements + "]")).contains("too many steps");
  }

  @Test
  void endsASchemaWhoseAlternativesMultiplyWithTheDepthOfData() {
    schema(
        "note.json",
        "{'anyOf':[{'items':{'$ref':'#'},'maxItems':0},{'items':{'$ref':'#'},'maxItems':0},"
            + "{'items':{'$ref':'#'}}]}");

    assertThat(refusal("note", "[".repeat(60) + "]".repeat(60))).contains("too many steps");
  }

  @ParameterizedTest
  @CsvSource({"1e999999999", "1e-999999999", "1e2000"})
  void refusesNumbersThatCostTooMuchToComputeWith(String number) {
    schema("note.json", "{'enum':[1,2]}");

    assertThat(refusal("note", number)).contains("too many steps");
  }

  @Test
  void comparesNumbersByValue() {
    schema("note.json", "{'enum':[1,2.5]}");

    assertThat(refusal("note", "1.0")).isEmpty();
    assertThat(refusal("note", "25e-1")).isEmpty();
    assertThat(refusal("note", "3")).isNotEmpty();
  }

  // What is wrong with a folder.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {'type':'object'                          | no JSON in UTF-8:
          {'type':'objekt'}                         | /type
          {'minLength':'3'}                         | /minLength
          {'pattern':'('}                           | Unclosed group
          {'$ref':'https://example.com/other.json'} | $ref https://example.com/other.json leads nowhere; nothing is fetched
          {'$ref':'beside.json'}                    | leads nowhere
          {'$ref':'a b'}                            | Illegal character
          {'$ref':'#/$defs/x'}                      | leads nowhere
          {'items':{'$ref':'file:///etc/passwd'}}   | leads nowhere
          {'$ref':'#'}                              | leads to itself
          {'$schema':'https://example.com/mine'}    | https://example.com/mine
          []                                        | breaks type
          """)
  void namesTheFileThatIsNoSchema(String json, String why) {
    schema("bad.json", json);

    assertThatThrownBy(() -> load(true))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(folder.resolve("bad.json") + ": ")
        .hasMessageContaining(why)
        .hasMessageEndingWith("(expected: a JSON Schema)")
        .extracting(Throwable::getMessage, STRING)
        .doesNotContain("\n");
  }

  @Test
  void namesAFolderWithoutSchemas() {
    assertThatThrownBy(() -> load(true))
        .hasMessage("events.schemas: " + folder + " (expected: 1-1000 files <type>.json)");
    assertThatThrownBy(() -> EventSchemas.load(folder.resolve("none"), true, STEPS, () -> nowNanos))
        .hasMessageEndingWith("(expected: a readable folder)");
  }

  @Test
  void checksNothingWithoutSchemas() {
    assertThatCode(() -> check(EventSchemas.NONE, "note", "{}")).doesNotThrowAnyException();
  }
}
