package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Bodies are written with single quotes here.
class PublishRequestTest {
  @Test
  void readsABody() {
    PublishRequest request =
        parse(
            "{'topic':'thread/42','type':'token_chunk','ts':1795241760123,"
                + "'agent_id':'a1','run_id':'r 1','data':{'text':'hi'}}");
    assertThat(request.topics()).containsExactly("thread/42");
    assertThat(request.type()).isEqualTo("token_chunk");
    assertThat(request.timestampMillis()).isEqualTo(1795241760123L);
    assertThat(request.data()).asString(UTF_8).isEqualTo("{\"text\":\"hi\"}");
    assertThat(request.ids()).containsEntry(IdField.RUN_ID, "r 1");
  }

  @Test
  void ordersIdsAsEventsDo() {
    PublishRequest request =
        parse(
            "{'topic':'t','type':'x','agent_id':'7','step_id':'6','node_id':'5','run_id':'4',"
                + "'canvas_id':'3','thread_id':'2','request_id':'1'}");
    assertThat(request.ids().keySet()).containsExactly(IdField.values());
    assertThat(request.ids().values()).containsExactly("1", "2", "3", "4", "5", "6", "7");
  }

  @Test
  void whatIsNotGivenIsAbsent() {
    PublishRequest request = parse("{'topic':'t','type':'x','run_id':null,'ts':null}");
    assertThat(request.ids()).isEmpty();
    assertThat(request.timestampMillis()).isZero();
    assertThat(request.data()).asString(UTF_8).isEqualTo("{}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "null | null",
        "0    | 0",
        "''   | ''",
        "12345678901234567890.10e+400 | 12345678901234567890.10e+400",
        "` { 'a' : [ 1 , 'x  y' ] } ` | `{'a':[1,'x  y']}`",
        "`'\\u00e9\\ud800\\/'` | `'\\u00e9\\ud800\\/'`",
        "`{'b':1,'a':2,'b':3}` | `{'b':1,'a':2,'b':3}`",
      })
  void keepsDataAsItIsWrittenButForWhiteSpace(String data, String kept) {
    assertThat(parse("{'topic':'t','type':'x','data':" + data + "}").data())
        .asString(UTF_8)
        .isEqualTo(kept.replace('\'', '"'));
  }

  @Test
  void readsUpTo8Topics() {
    assertThat(parse("{'topics':['b','a'],'type':'x'}").topics()).containsExactly("b", "a");
    assertThat(parse("{'topics':['1','2','3','4','5','6','7','8'],'type':'x'}").topics())
        .hasSize(8);
    assertRefused(
        "{'topics':['1','2','3','4','5','6','7','8','9'],'type':'x'}",
        ErrorCode.TOO_MANY_TOPICS,
        "topics: 9 (expected: 1-8)");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'x':0",
        "'topic':null",
        "'topic':5",
        "'topic':['t']",
        "'topic':''",
        "'topic':'a b'",
        "'topics':[]",
        "'topics':'t'",
        "'topics':[5]",
        "'topics':['a',null]",
        "'topics':['a b']",
        "'topics':['a','a']",
        "'topic':'a','topics':['b']"
      })
  void refusesBadTopics(String member) {
    assertRefused("{" + member + ",'type':'x'}", ErrorCode.BAD_TOPIC, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'x':0", "'type':null", "'type':5", "'type':''", "'type':'a b'"})
  void refusesBadTypes(String member) {
    assertRefused("{'topic':'t'," + member + "}", ErrorCode.BAD_TYPE, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "''", "'é'", "'a\\nb'", "'a\\u0022b'", "['a']", "true"})
  void refusesBadIds(String value) {
    assertRefused("{'topic':'t','type':'x','step_id':" + value + "}", ErrorCode.BAD_ID, null);
  }

  @Test
  void refusesIdsThatAreTooLongWithoutShowingThem() {
    assertRefused(
        "{'topic':'t','type':'x','run_id':'" + "y".repeat(256) + "'}",
        ErrorCode.BAD_ID,
        "run_id: 256 characters (expected: 1-255 printable ASCII characters without \" and \\)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1.5", "1e12", "'1'", "9007199254740992", "true"})
  void refusesBadTimes(String ts) {
    assertRefused(
        "{'topic':'t','type':'x','ts':" + ts + "}",
        ErrorCode.BAD_REQUEST,
        "ts: out of range (expected: a whole number, 1-9007199254740991)");
  }

  @Test
  void refusesWhatIsNoJsonObject() {
    assertRefused("{'topic':'t'", ErrorCode.BAD_JSON, "body: byte 12 (expected: , or })");
    assertRefused("[]", ErrorCode.BAD_REQUEST, "body: not an object (expected: an object)");
  }

  private static PublishRequest parse(String text) {
    ByteBuf buf = Unpooled.copiedBuffer(text.replace('\'', '"'), UTF_8);
    return PublishRequest.parse(buf, 0, buf.readableBytes());
  }

  private static void assertRefused(String text, ErrorCode code, @Nullable String message) {
    RequestException refusal = catchThrowableOfType(RequestException.class, () -> parse(text));
    assertThat(refusal).as(text).isNotNull();
    assertThat(refusal.code()).isEqualTo(code);
    if (message != null) {
      assertThat(refusal).hasMessage(message);
    }
  }
}
