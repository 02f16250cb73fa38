package io.pushrod.server.surface;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.log.TopicKey;
import org.junit.jupiter.api.Test;

class TopicPlacesTest {
  private static final TopicKey RUN = new TopicKey("acme", "run/r1");

  private final TopicPlaces viewers = new TopicPlaces(2);

  @Test
  void boundsTheViewersOfEachRun() {
    assertThat(viewers.enter(RUN)).isTrue();
    assertThat(viewers.enter(RUN)).isTrue();
    assertThat(viewers.enter(RUN)).isFalse();
    assertThat(viewers.enter(new TopicKey("acme", "run/r2"))).isTrue();
    assertThat(viewers.enter(new TopicKey("other", "run/r1"))).isTrue();
  }

  @Test
  void givesAPlaceThatWasLeftToTheNext() {
    assertThat(viewers.enter(RUN)).isTrue();
    assertThat(viewers.enter(RUN)).isTrue();
    viewers.leave(RUN);
    assertThat(viewers.enter(RUN)).isTrue();
    assertThat(viewers.enter(RUN)).isFalse();
  }
}
