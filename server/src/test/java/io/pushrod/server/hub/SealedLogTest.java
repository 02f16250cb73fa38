package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SealedLogTest {
  private final ShardFixture fixture = new ShardFixture(2, ShardFixture.ample());
  private final TopicKey topic = fixture.ownedBy(1);

  @AfterEach
  void close() {
    fixture.close();
  }

  private List<Long> publish(String type, LogRule rule, TopicKey... topics) {
    List<Long> outcomes = new ArrayList<>();
    var event = LogFixture.publication(topics, type, "{}").with(rule);
    fixture
        .shard(0)
        .publish(
            new Batch(
                List.of(event),
                Unpooled.EMPTY_BUFFER,
                done -> {
                  for (int i = 0; i < topics.length; i++) {
                    outcomes.add(done.outcome(0, i));
                  }
                }));
    fixture.run();
    return outcomes;
  }

  private void seal() {
    assertThat(publish("run_end", new LogRule.Seal(), topic)).noneMatch(Appended::isFailure);
  }

  @Test
  void takesNothingMore() {
    seal();

    assertThat(publish("run_end", new LogRule.Seal(), topic))
        .containsExactly(Appended.failed(ErrorCode.FENCED));
  }

  @Test
  void sealsOnlyTheFirstTopic() {
    TopicKey other = fixture.ownedBy(0);
    publish("run_end", new LogRule.Seal(), topic, other);

    assertThat(publish("note", new LogRule.Keep(_ -> true), other)).containsExactly(2L);
  }

  @Test
  void leavesOutWhatItDoesNotKeep() {
    publish("run_start", new LogRule.Keep(type -> type.name().equals("note")), topic);

    assertThat(publish("progress", new LogRule.Keep(_ -> true), topic)).containsExactly(0L);
  }

  @Test
  void tellsAReaderThatKeepsUp() {
    FakeConnection reader = fixture.connect(0);
    fixture.subscribe(0, reader, topic, StartPoint.NOW);
    fixture.run();
    fixture.publish(0, "note", "1", topic);
    fixture.run();
    assertThat(reader.sealed).isZero();

    seal();

    assertThat(reader.texts()).hasSize(2);
    assertThat(reader.sealed).isPositive();
  }

  @Test
  void tellsAReaderThatComesAfterwards() {
    fixture.publish(0, "note", "1", topic);
    seal();

    FakeConnection late = fixture.connect(0);
    fixture.subscribe(0, late, topic, StartPoint.EARLIEST);
    fixture.run();

    assertThat(late.texts()).hasSize(2);
    assertThat(late.sealed).isPositive();
  }

  @Test
  void tellsASlowReaderOnlyOnceItHasAll() {
    FakeConnection slow = fixture.connect(0);
    fixture.subscribe(0, slow, topic, StartPoint.NOW);
    fixture.run();
    slow.stall();
    fixture.publish(0, "note", "\"" + "x".repeat(5_000) + "\"", topic);
    fixture.run();
    seal();
    assertThat(slow.sealed).isZero();

    slow.grant(1 << 20);
    fixture.run();

    assertThat(slow.texts()).hasSize(2);
    assertThat(slow.sealed).isPositive();
  }
}
