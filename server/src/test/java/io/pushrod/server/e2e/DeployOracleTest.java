package io.pushrod.server.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class DeployOracleTest {
  private final DeployOracle oracle = new DeployOracle();

  @BeforeEach
  void oneReaderHasOneEvent() {
    oracle.reads("r", "t");
    oracle.acknowledged("t", "p:1", 1);
    oracle.delivered("r", "e-1", "p:1");
  }

  @Test
  void acceptsWhatWasAcknowledgedAndMore() {
    oracle.delivered("r", "e-2", "q:1");
    oracle.delivered("r", "e-3", "p:2");
    oracle.acknowledged("t", "p:2", 3);
    assertThat(oracle.isComplete()).isTrue();
    assertThat(oracle.faults()).isEmpty();
  }

  @Test
  void waitsForTheLastAcknowledged() {
    oracle.acknowledged("t", "p:2", 2);
    assertThat(oracle.isComplete()).isFalse();
  }

  @Test
  void findsALoss() {
    oracle.acknowledged("t", "p:2", 2);
    assertThat(oracle.faults()).containsExactly("r: lost p:2, 2");
  }

  @Test
  void findsAHole() {
    oracle.delivered("r", "e-3", "p:3");
    assertThat(oracle.faults()).containsExactly("r: 3 after 1");
  }

  @Test
  void findsARepetition() {
    oracle.delivered("r", "e-1", "p:1");
    assertThat(oracle.faults()).contains("r: 1 after 1", "r: p:1 twice, now at 1");
  }

  @Test
  void findsAnEventThatWasPublishedTwice() {
    oracle.delivered("r", "e-2", "p:1");
    assertThat(oracle.faults()).contains("r: p:1 twice, now at 2");
  }

  @Test
  void findsADisorderOfAPublisher() {
    oracle.delivered("r", "e-2", "p:3");
    oracle.delivered("r", "e-3", "p:2");
    assertThat(oracle.faults()).containsExactly("r: p:2 after number 3");
  }

  @Test
  void findsAnotherEpoch() {
    oracle.delivered("r", "f-2", "p:2");
    assertThat(oracle.faults()).containsExactly("r: epoch f after e");
  }

  @Test
  void findsAnotherEventThanWasAcknowledged() {
    oracle.acknowledged("t", "p:2", 2);
    oracle.delivered("r", "e-2", "q:1");
    assertThat(oracle.faults()).containsExactly("r: q:1 at 2 of p:2");
  }

  @Test
  void findsOneSequenceForTwo() {
    oracle.acknowledged("t", "q:1", 1);
    assertThat(oracle.faults()).containsExactly("t: 1 is told to be p:1 and q:1");
  }

  @Test
  void takesNoGap() {
    oracle.gap("r", "{\"type\":\"gap\"}");
    assertThat(oracle.faults()).containsExactly("r: {\"type\":\"gap\"}");
  }
}
