package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.PublishWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PublicationTest {
  @Test
  void encodesAllItsParts() {
    var publication =
        Publication.of("thread/42", "token_chunk", "{}")
            .alsoTo("run/r1")
            .withId(IdField.RUN_ID, "r1")
            .withId(IdField.THREAD_ID, "42")
            .withHint(EventClass.DELTA)
            .withTimestamp(5);
    ByteBuf expected = Unpooled.buffer();
    PublishWriter.event(
        expected,
        List.of("thread/42", "run/r1"),
        "token_chunk",
        EventClass.DELTA,
        5,
        Map.of(IdField.THREAD_ID, "42", IdField.RUN_ID, "r1"),
        "{}".getBytes(StandardCharsets.UTF_8));

    assertThat(ByteBufUtil.hexDump(publication.encode())).isEqualTo(ByteBufUtil.hexDump(expected));
    assertThat(publication.topicCount()).isEqualTo(2);
  }

  @Test
  void refusesATopicThatIsNone() {
    assertThatThrownBy(() -> Publication.of("a b", "x", ""))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_TOPIC));
  }

  @Test
  void refusesANinthTopic() {
    var publication = Publication.of("t1", "x", "");
    for (int i = 2; i <= 8; i++) {
      publication = publication.alsoTo("t" + i);
    }
    var full = publication;

    assertThatThrownBy(() -> full.alsoTo("t9"))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.TOO_MANY_TOPICS));
  }
}
