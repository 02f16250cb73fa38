package io.pushrod.codec.command;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.GapReason;
import io.pushrod.codec.json.JsonScanner;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Replies are written with single quotes here.
class RepliesTest {
  private static final Cursor CURSOR = Cursor.parse("k3f9x2-5");

  @Test
  void welcomes() {
    assertThat(written(out -> Replies.welcome(out, "c\"1", true, 30_000, 65_536, 128)))
        .isEqualTo(
            "{'op':'welcome','connection_id':'c\\'1','authenticated':true,'heartbeat_ms':30000,"
                + "'frame_bytes':65536,'subscriptions':128}");
  }

  @Test
  void acknowledges() {
    assertThat(written(out -> Replies.ack(out, "6"))).isEqualTo("{'op':'ack','id':6}");
    assertThat(written(out -> Replies.ack(out, "\"a\""))).isEqualTo("{'op':'ack','id':'a'}");
    assertThat(written(out -> Replies.ack(out, null))).isEqualTo("{'op':'ack'}");
    assertThat(written(out -> Replies.ackTopic(out, "3", "thread/42")))
        .isEqualTo("{'op':'ack','id':3,'topic':'thread/42'}");
    assertThat(written(out -> Replies.ackSubscribe(out, "2", "thread/42", CURSOR)))
        .isEqualTo("{'op':'ack','id':2,'topic':'thread/42','cursor':'k3f9x2-5'}");
  }

  @Test
  void acknowledgesAPublicationInEveryTopic() {
    List<Published> published =
        List.of(new Published("a", CURSOR), new Published("b/c", Cursor.parse("m-9")));
    String list =
        "'published':[{'id':'k3f9x2-5','topic':'a','seq':5},{'id':'m-9','topic':'b/c','seq':9}]}";
    assertThat(written(out -> Replies.ackPublish(out, "4", published)))
        .isEqualTo("{'op':'ack','id':4," + list);
    assertThat(written(out -> Replies.published(out, published))).isEqualTo("{" + list);
  }

  @Test
  void acknowledgesACancelAndAMessage() {
    assertThat(written(out -> Replies.ackCancel(out, "6", "r1", "cancelling")))
        .isEqualTo("{'op':'ack','id':6,'run':'r1','status':'cancelling'}");
    assertThat(written(out -> Replies.ackSend(out, "7", "thread/42", "m1")))
        .isEqualTo("{'op':'ack','id':7,'topic':'thread/42','message_id':'m1'}");
  }

  @Test
  void warnsOfATokensEnd() {
    assertThat(written(out -> Replies.tokenExpiring(out, 1_795_241_760_123L)))
        .isEqualTo("{'op':'token_expiring','expires_at':1795241760123}");
  }

  @Test
  void saysThatASubscriptionHasEnded() {
    assertThat(written(out -> Replies.unsubscribed(out, "t", ErrorCode.NOT_FOUND, CURSOR)))
        .isEqualTo("{'op':'unsubscribed','topic':'t','code':'not_found','cursor':'k3f9x2-5'}");
    assertThat(written(out -> Replies.unsubscribed(out, "t", ErrorCode.NOT_FOUND, null)))
        .isEqualTo("{'op':'unsubscribed','topic':'t','code':'not_found'}");
  }

  @Test
  void answersHistoryAroundItsEvents() {
    assertThat(
            written(
                out -> {
                  Replies.beginHistory(out, "5", "t");
                  out.writeCharSequence("{},{}", UTF_8);
                  Replies.endHistory(out, CURSOR.toString(), true);
                }))
        .isEqualTo(
            "{'op':'ack','id':5,'topic':'t','events':[{},{}],'cursor':'k3f9x2-5','more':true}");
  }

  @Test
  void saysWhoIsThere() {
    PresentUser ann = new PresentUser("a\"n", 2, 1_795_241_760_123L, "{\"x\":1}");
    PresentUser bob = new PresentUser("bob", 0, 7, null);
    PresencePage page = new PresencePage(3, 5, 1, 0, List.of(ann, bob), "bob");
    assertThat(written(out -> PresenceReplies.ack(out, "9", "t", page)))
        .isEqualTo(
            "{'op':'ack','id':9,'topic':'t','users':3,'connections':5,'anonymous':1,'unlisted':0,"
                + "'members':[{'user':'a\\'n','connections':2,'since':1795241760123,"
                + "'state':{'x':1}},{'user':'bob','connections':0,'since':7,'state':null}],"
                + "'next':'bob'}");
    assertThat(
            written(
                out ->
                    PresenceReplies.page(out, "t", new PresencePage(0, 0, 0, 0, List.of(), null))))
        .isEqualTo(
            "{'topic':'t','users':0,'connections':0,'anonymous':0,'unlisted':0,'members':[]}");
  }

  @Test
  void refuses() {
    assertThat(written(out -> Replies.error(out, "2", ErrorCode.NOT_FOUND, "topic: a\n")))
        .isEqualTo(
            "{'op':'error','id':2,'code':'not_found','message':'topic: a\\n','retryable':false}");
    assertThat(written(out -> Replies.error(out, null, ErrorCode.OVERLOADED, "x")))
        .isEqualTo("{'op':'error','code':'overloaded','message':'x','retryable':true}");
    assertThat(written(out -> Replies.httpError(out, ErrorCode.BAD_TOPIC, "x")))
        .isEqualTo("{'error':{'code':'bad_topic','message':'x','retryable':false}}");
  }

  @Test
  void saysWhyItClosesAndWhereToResume() {
    Map<String, Cursor> cursors = new LinkedHashMap<>();
    cursors.put("thread/42", CURSOR);
    cursors.put("a", Cursor.parse("m-9"));
    assertThat(written(out -> Replies.close(out, CloseReason.SLOW_CONSUMER, 1_000, cursors)))
        .isEqualTo(
            "{'op':'close','reason':'slow_consumer','reconnect':true,'retry_after_ms':1000,"
                + "'cursors':{'thread/42':'k3f9x2-5','a':'m-9'}}");
    assertThat(written(out -> Replies.close(out, CloseReason.FORBIDDEN, 0, Map.of())))
        .endsWith("'reconnect':false,'retry_after_ms':0,'cursors':{}}");
  }

  @Test
  void announcesWhatIsMissing() {
    Cursor from = Cursor.parse("k3f9x2-2");
    assertThat(written(out -> Replies.gap(out, CURSOR, "t", 17, GapReason.TRIMMED, from, CURSOR)))
        .isEqualTo(
            "{'id':'k3f9x2-5','topic':'t','type':'gap','ts':17,"
                + "'data':{'reason':'trimmed','from':'k3f9x2-2','to':'k3f9x2-5'}}");
    assertThat(
            written(
                out -> Replies.gap(out, Cursor.parse("m-0"), "t", 17, GapReason.EPOCH, from, null)))
        .isEqualTo(
            "{'id':'m-0','topic':'t','type':'gap','ts':17,"
                + "'data':{'reason':'epoch','from':'k3f9x2-2','to':null}}");
  }

  private static String written(Consumer<ByteBuf> writer) {
    ByteBuf out = Unpooled.buffer(1);
    writer.accept(out);
    assertThat(JsonScanner.check(out, 0, out.readableBytes())).isTrue();
    return out.toString(UTF_8).replace('"', '\'');
  }
}
