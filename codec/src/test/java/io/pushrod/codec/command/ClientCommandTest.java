package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.command.ClientCommand.Auth;
import io.pushrod.codec.command.ClientCommand.Cancel;
import io.pushrod.codec.command.ClientCommand.History;
import io.pushrod.codec.command.ClientCommand.Ping;
import io.pushrod.codec.command.ClientCommand.Publish;
import io.pushrod.codec.command.ClientCommand.Send;
import io.pushrod.codec.command.ClientCommand.Subscribe;
import io.pushrod.codec.command.ClientCommand.Unsubscribe;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Commands are written with single quotes here.
class ClientCommandTest {
  @Test
  void readsAuthAndKeepsItsTokenToItself() {
    ClientCommand auth = parse("{'op':'auth','id':1,'token':'a.b.c'}");
    assertThat(auth).isEqualTo(new Auth("1", "a.b.c"));
    assertThat(auth.toString()).doesNotContain("a.b.c");
  }

  @Test
  void readsSubscribe() {
    assertThat(
            parse(
                "{'op':'subscribe','id':2,'topic':'thread/42','after':'k3f9x2-5','filter':'chat',"
                    + "'policy':'drop_oldest','fold':true}"))
        .isEqualTo(
            new Subscribe(
                "2",
                "thread/42",
                new StartPoint.After(Cursor.parse("k3f9x2-5")),
                List.of("chat"),
                OverflowPolicy.DROP_OLDEST,
                true));
  }

  @Test
  void aBareSubscribeStartsNowWithoutFilterPolicyAndFold() {
    Subscribe bare = new Subscribe("2", "t", StartPoint.NOW, List.of(), null, false);
    assertThat(parse("{'op':'subscribe','id':2,'topic':'t'}")).isEqualTo(bare);
    assertThat(
            parse(
                "{'op':'subscribe','id':2,'topic':'t','after':null,'filter':null,'policy':null,"
                    + "'fold':null}"))
        .isEqualTo(bare);
  }

  @Test
  void readsUnsubscribeAndPing() {
    assertThat(parse("{'op':'unsubscribe','id':3,'topic':'t'}"))
        .isEqualTo(new Unsubscribe("3", "t"));
    assertThat(parse("{'op':'ping','id':6}")).isEqualTo(new Ping("6"));
  }

  @Test
  void readsPublish() {
    Publish publish =
        (Publish) parse("{'op':'publish','id':4,'topic':'t','type':'note','data':[1]}");
    assertThat(publish.id()).isEqualTo("4");
    assertThat(publish.request().topics()).containsExactly("t");
    assertThat(publish.request().data()).asString(UTF_8).isEqualTo("[1]");
  }

  @Test
  void readsHistory() {
    assertThat(parse("{'op':'history','id':5,'topic':'t','after':7,'limit':100}"))
        .isEqualTo(new History("5", "t", new StartPoint.AfterSequence(7), 100));
    assertThat(parse("{'op':'history','id':5,'topic':'t'}"))
        .isEqualTo(new History("5", "t", StartPoint.EARLIEST, 0));
  }

  @Test
  void readsCancel() {
    assertThat(
            parse(
                "{'op':'cancel','id':6,'run':'r1','how':'after_turn','deadline_ms':5000,"
                    + "'reason':'enough'}"))
        .isEqualTo(new Cancel("6", "r1", How.AFTER_TURN, 5000, "enough"));
    assertThat(parse("{'op':'cancel','id':6,'run':'r1','how':'after_node'}"))
        .isEqualTo(new Cancel("6", "r1", How.AFTER_NODE, 0, null));
  }

  @Test
  void aBareCancelIsNow() {
    Cancel bare = new Cancel("6", "r1", How.NOW, 0, null);
    assertThat(parse("{'op':'cancel','id':6,'run':'r1'}")).isEqualTo(bare);
    assertThat(
            parse("{'op':'cancel','id':6,'run':'r1','how':null,'deadline_ms':null,'reason':null}"))
        .isEqualTo(bare);
  }

  @Test
  void aReasonHasUpTo256Characters() {
    String reason = "é".repeat(256);
    assertThat(parse("{'op':'cancel','run':'r','reason':'" + reason + "'}"))
        .isEqualTo(new Cancel(null, "r", How.NOW, 0, reason));
    assertThat(
            assertRefused(
                "{'op':'cancel','run':'r','reason':'x" + reason + "'}",
                ErrorCode.BAD_REQUEST,
                null))
        .hasMessage("reason: 257 characters (expected: at most 256 characters)");
  }

  @Test
  void theIdOfARunIsOfATopicsCharactersAndLength() {
    assertThat(parse("{'op':'cancel','run':'" + "r".repeat(251) + "'}")).isNotNull();
    for (String run : new String[] {"r".repeat(252), "r\\u0000", "é"}) {
      assertRefused("{'op':'cancel','run':'" + run + "'}", ErrorCode.BAD_REQUEST, null);
    }
  }

  @Test
  void readsSend() {
    Send send =
        (Send)
            parse(
                "{'op':'send','id':7,'topic':'thread/42','type':'user_message','thread_id':'42',"
                    + "'data':{ 'text' : 'h\\u0022i' }}");
    assertThat(send.id()).isEqualTo("7");
    assertThat(send.request().topic()).isEqualTo("thread/42");
    assertThat(send.request().ids()).isEqualTo(Map.of(IdField.THREAD_ID, "42"));
    assertThat(send.request().payload())
        .isEqualTo("{\"type\":\"user_message\",\"data\":{\"text\":\"h\\u0022i\"}}");
  }

  @Test
  void sendsAnEmptyObjectWhenThereIsNoData() {
    Send send = (Send) parse("{'op':'send','topic':'t','type':'x'}");
    assertThat(send.request().payload()).isEqualTo("{\"type\":\"x\",\"data\":{}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7               | 7",
        "-1.5e3          | -1.5e3",
        "'a-b'           | \"a-b\"",
        "'a\\u0022\\n'   | \"a\\u0022\\n\"",
        "''              | \"\"",
      },
      quoteCharacter = '`')
  void keepsTheIdAsItIsWritten(String written, String id) {
    assertThat(parse("{'op':'ping','id':" + written + "}").id()).isEqualTo(id);
  }

  @Test
  void anIdIsOptional() {
    assertThat(parse("{'op':'ping'}").id()).isNull();
    assertThat(parse("{'op':'ping','id':null}").id()).isNull();
  }

  @Test
  void idsHaveUpTo64Characters() {
    String string = "é".repeat(64);
    assertThat(parse("{'op':'ping','id':'" + string + "'}").id()).isEqualTo('"' + string + '"');
    assertThat(parse("{'op':'ping','id':" + "1".repeat(64) + "}").id()).hasSize(64);
    assertRefused("{'op':'ping','id':'" + "a".repeat(65) + "'}", ErrorCode.BAD_REQUEST, null);
    assertRefused("{'op':'ping','id':" + "1".repeat(65) + "}", ErrorCode.BAD_REQUEST, null);
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "[1]", "{}"})
  void refusesOtherIds(String id) {
    assertThat(assertRefused("{'op':'ping','id':" + id + "}", ErrorCode.BAD_REQUEST, null))
        .hasMessage("id: neither (expected: a number or a string of at most 64 characters)");
  }

  @Test
  void stepsOverWhatItDoesNotKnow() {
    assertThat(parse("{'x':{'op':'auth'},'op':'ping','y':[{'id':9}],'id':6,'z':'}'}"))
        .isEqualTo(new Ping("6"));
  }

  @Test
  void theLastOfRepeatedMembersCounts() {
    assertThat(parse("{'op':'auth','id':1,'op':'ping','id':2}")).isEqualTo(new Ping("2"));
  }

  @Test
  void readsWhiteSpaceAndEscapes() {
    assertThat(parse(" { 'op' : 'p\\u0069ng' ,\n 'id' : 6 } ")).isEqualTo(new Ping("6"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'after':'9'           | 9",
        "'after':9             | 9",
        "'starting_after':'9'  | 9",
        "'since':9             | 9",
        "'offset':9            | 9",
        "'last_event_id':'9'   | 9",
        "'from_sequence':10    | 9",
        "'from_sequence':'10'  | 9",
      })
  void readsEverySpellingOfTheStart(String member, long sequence) {
    assertThat(start(member)).isEqualTo(new StartPoint.AfterSequence(sequence));
  }

  @Test
  void readsNamedStarts() {
    assertThat(start("'after':'earliest'")).isEqualTo(StartPoint.EARLIEST);
    assertThat(start("'since':'now'")).isEqualTo(StartPoint.NOW);
    assertThat(start("'from_sequence':0")).isEqualTo(StartPoint.NOW);
  }

  @Test
  void readsWhoIsAskedForAndWhatOneSaysOfOneself() {
    assertThat(parse("{'op':'presence','id':9,'topic':'t','after':'ann','limit':10}"))
        .isEqualTo(new ClientCommand.Presence("9", "t", "ann", 10));
    assertThat(parse("{'op':'presence','topic':'t'}"))
        .isEqualTo(new ClientCommand.Presence(null, "t", "", 0));
    assertThat(parse("{'op':'state','id':9,'topic':'t','state':{ 'a' : [1, {}] }}"))
        .isEqualTo(new ClientCommand.State("9", "t", "{\"a\":[1,{}]}"));
    assertThat(parse("{'op':'state','topic':'t','state':null}"))
        .isEqualTo(new ClientCommand.State(null, "t", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'after':'garbage'",
        "'after':''",
        "'after':true",
        "'after':[1]",
        "'after':-1",
        "'after':1.5",
        "'after':1e3",
        "'from_sequence':'k3-5'",
        "'from_sequence':'now'",
        "'after':1,'since':1",
        "'after':'a=k3-5'",
        "'offset':1234567890123456789"
      })
  void refusesBadStarts(String member) {
    assertRefused(
        "{'op':'subscribe','id':2,'topic':'t'," + member + "}", ErrorCode.BAD_CURSOR, "2");
  }

  @Test
  void saysWhichTwoSpellingsOfTheStartWereGiven() {
    assertThat(
            assertRefused(
                "{'op':'history','topic':'t','since':1,'after':1}", ErrorCode.BAD_CURSOR, null))
        .hasMessage("since: beside after (expected: one of the two)");
  }

  @Test
  void readsFiltersAsACommaListAndAsAnArray() {
    assertThat(filter("'chat'")).containsExactly("chat");
    assertThat(filter("'run_start,node_*,class:delta,*'"))
        .containsExactly("run_start", "node_*", "class:delta", "*");
    assertThat(filter("['run_start','custom:a*']")).containsExactly("run_start", "custom:a*");
    assertThat(filter("'" + "a,".repeat(63) + "a'")).hasSize(64);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "''", "'a,,b'", "'a,'", "'a b'", "'a*b'", "'**'", "[]", "[1]", "['a,b']", "[null]", "5",
        "{}", "true"
      })
  void refusesBadFilters(String filter) {
    assertRefused(
        "{'op':'subscribe','id':2,'topic':'t','filter':" + filter + "}", ErrorCode.BAD_FILTER, "2");
  }

  @Test
  void refusesFiltersOfTooManyOrTooLongTerms() {
    for (String filter : new String[] {"a,".repeat(64) + "a", "x".repeat(129)}) {
      assertRefused(
          "{'op':'subscribe','id':2,'topic':'t','filter':'" + filter + "'}",
          ErrorCode.BAD_FILTER,
          "2");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'id':1}                                   | BAD_REQUEST | op: missing (expected: a string)",
        "{'id':1,'op':5}                            | BAD_REQUEST | op: not a string (expected: a string)",
        "{'id':1,'op':'fly'}                        | UNKNOWN_OP  | op: fly (expected: auth, subscribe, unsubscribe, publish, history, presence, state, cancel, send or ping)",
        "{'id':1,'op':'auth'}                       | BAD_REQUEST | token: missing (expected: a string)",
        "{'id':1,'op':'auth','token':5}             | BAD_REQUEST | token: not a string (expected: a string)",
        "{'id':1,'op':'subscribe'}                  | BAD_TOPIC   | topic: missing (expected: a string)",
        "{'id':1,'op':'subscribe','topic':'a b'}    | BAD_TOPIC   | topic: a b (expected: 1-255 of A-Z a-z 0-9 _ . : @ / -)",
        "{'id':1,'op':'unsubscribe','topic':['a']}  | BAD_TOPIC   | topic: not a string (expected: a string)",
        "{'id':1,'op':'presence','topic':'t','after':5}     | BAD_REQUEST | after: not a string (expected: a string)",
        "{'id':1,'op':'presence','topic':'t','limit':0}     | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'state','topic':'t'}                  | BAD_REQUEST | state: missing (expected: an object, or null)",
        "{'id':1,'op':'state','topic':'t','state':[]}       | BAD_REQUEST | state: not an object (expected: an object, or null)",
        "{'id':1,'op':'history','topic':''}         | BAD_TOPIC   | topic:  (expected: 1-255 of A-Z a-z 0-9 _ . : @ / -)",
        "{'id':1,'op':'subscribe','topic':'t','policy':'x'} | BAD_REQUEST | policy: x (expected: fold, drop_oldest, drop_newest or disconnect)",
        "{'id':1,'op':'subscribe','topic':'t','policy':1}   | BAD_REQUEST | policy: not a string (expected: a string)",
        "{'id':1,'op':'subscribe','topic':'t','fold':1}     | BAD_REQUEST | fold: not a boolean (expected: true or false)",
        "{'id':1,'op':'history','topic':'t','limit':0}      | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'history','topic':'t','limit':'9'}    | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'history','topic':'t','limit':2147483648} | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'history','topic':'t','limit':99999999999999999999999999} | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'history','topic':'t','limit':1.5}    | BAD_REQUEST | limit: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'publish','topic':'t'}                | BAD_TYPE    | type: missing (expected: a string)",
        "{'id':1,'op':'cancel'}                             | BAD_REQUEST | run: missing (expected: a string)",
        "{'id':1,'op':'cancel','run':7}                     | BAD_REQUEST | run: not a string (expected: a string)",
        "{'id':1,'op':'cancel','run':'a b'}                 | BAD_REQUEST | run: invalid (expected: the id of a run)",
        "{'id':1,'op':'cancel','run':'r','how':'softly'}    | BAD_REQUEST | how: unknown (expected: now, after_node or after_turn)",
        "{'id':1,'op':'cancel','run':'r','how':1}           | BAD_REQUEST | how: not a string (expected: a string)",
        "{'id':1,'op':'cancel','run':'r','deadline_ms':0}   | BAD_REQUEST | deadline_ms: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'cancel','run':'r','deadline_ms':'5'} | BAD_REQUEST | deadline_ms: out of range (expected: a whole number, 1-2147483647)",
        "{'id':1,'op':'cancel','run':'r','reason':{}}       | BAD_REQUEST | reason: not a string (expected: a string)",
        "{'id':1,'op':'send','type':'x'}                    | BAD_TOPIC   | topic: missing (expected: a string)",
        "{'id':1,'op':'send','topic':'t'}                   | BAD_TYPE    | type: missing (expected: a string)",
        "{'id':1,'op':'send','topic':'t','type':'gap'}      | BAD_TYPE    | type: gap (expected: 1-128 of A-Z a-z 0-9 _ . : @ / -, not gap)",
      })
  void refusesUnderTheCommandsId(String text, ErrorCode code, String message) {
    assertThat(assertRefused(text, code, "1")).hasMessage(message);
  }

  @Test
  void knowsTheIdWhereverItStands() {
    assertRefused("{'op':'fly','x':[1,2],'id':'last'}", ErrorCode.UNKNOWN_OP, "\"last\"");
  }

  @Test
  void refusesWhatIsNotJsonWithoutAnId() {
    assertThat(assertRefused("{'id':1,'op':'ping'", ErrorCode.BAD_JSON, null))
        .hasMessage("command: byte 19 (expected: , or })");
    assertRefused("", ErrorCode.BAD_JSON, null);
    assertRefused("{'op':'ping'}x", ErrorCode.BAD_JSON, null);
    ByteBuf latin = Unpooled.copiedBuffer("{\"op\":\"\u00e9\"}", ISO_8859_1);
    assertThat(
            catchThrowableOfType(
                    CommandException.class,
                    () -> ClientCommand.parse(latin, 0, latin.readableBytes()))
                .code())
        .isEqualTo(ErrorCode.BAD_UTF8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "'ping'", "6", "null"})
  void refusesWhatIsNoObject(String text) {
    assertThat(assertRefused(text, ErrorCode.BAD_REQUEST, null))
        .hasMessage("command: not an object (expected: an object)");
  }

  @Test
  void neverShowsAToken() {
    assertThat(assertRefused("{'op':'auth','token':['secret']}", ErrorCode.BAD_REQUEST, null))
        .hasMessageNotContaining("secret");
  }

  @Test
  void showsTheStartOfALongOpOnly() {
    assertThat(
            assertRefused("{'op':'" + "x".repeat(9000) + "'}", ErrorCode.UNKNOWN_OP, null)
                .getMessage())
        .hasSizeLessThan(150);
  }

  @Test
  void readsItsRangeOnly() {
    ByteBuf buf = Unpooled.directBuffer();
    buf.writeCharSequence("xx{\"op\":\"ping\",\"id\":6}yy", UTF_8);
    assertThat(ClientCommand.parse(buf, 2, buf.readableBytes() - 4)).isEqualTo(new Ping("6"));
    assertThat(buf.readerIndex()).isZero();
    buf.release();
  }

  private static StartPoint start(String member) {
    return ((Subscribe) parse("{'op':'subscribe','id':2,'topic':'t'," + member + "}")).start();
  }

  private static List<String> filter(String filter) {
    String text = "{'op':'subscribe','id':2,'topic':'t','filter':" + filter + "}";
    return ((Subscribe) parse(text)).filter();
  }

  private static ClientCommand parse(String text) {
    ByteBuf buf = Unpooled.copiedBuffer(text.replace('\'', '"'), UTF_8);
    return ClientCommand.parse(buf, 0, buf.readableBytes());
  }

  private static CommandException assertRefused(String text, ErrorCode code, @Nullable String id) {
    CommandException refusal = catchThrowableOfType(CommandException.class, () -> parse(text));
    assertThat(refusal).as(text).isNotNull();
    assertThat(refusal.code()).isEqualTo(code);
    assertThat(refusal.id()).isEqualTo(id);
    return refusal;
  }
}
