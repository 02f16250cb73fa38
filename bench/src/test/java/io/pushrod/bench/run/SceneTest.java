package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.Transport;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class SceneTest {
  private static final String SAMPLE =
      "{\"id\":\"k3f9x2-1\",\"seq\":1,\"topic\":\"t\",\"data\":"
          + new String(EventShape.sampleData(), StandardCharsets.US_ASCII)
          + '}';

  @Test
  void countsDeliveriesOfManyTopicsOnAConnection() {
    Scene scene = Scene.of(Crowd.of("ws", 200), new Topics("t", 1000, 50), 2, 3, 1);
    assertThat(scene.readersPerEvent()).isEqualTo(10);
    assertThat(scene.deliveries()).isEqualTo(1000 * 2 * 3 * 10);
  }

  @Test
  void wantsAsManyReadersOfEveryTopic() {
    Scene scene = Scene.of(Crowd.of("ws", 3), new Topics("t", 10, 5), 1, 1, 1);
    assertThatThrownBy(scene::readersPerEvent).isInstanceOf(BenchException.class);
  }

  @Test
  void mixesHalfAndHalf() {
    assertThat(Crowd.of("mixed", 5)).isEqualTo(new Crowd("mixed", 2, 3));
    assertThatThrownBy(() -> Crowd.of("tcp", 5)).isInstanceOf(BenchException.class);
  }

  @Test
  void floorSendsACursorOfEveryTopicOverSse() {
    byte[] message =
        EventShape.of(SAMPLE, 200).floorMessage(Transport.SSE, new Topics("t", 9, 3), 50);
    assertThat(new String(message, StandardCharsets.US_ASCII))
        .contains("\nid: t00000=k3f9x2-@@@,t00001=k3f9x2-11,t00002=k3f9x2-11\ndata: {");
  }

  @Test
  void takesTheFloorInJavaWhereThereIsNoneInC() {
    Path nowhere = Path.of("no-such-program");
    assertThat(FloorProgram.choose("auto", nowhere).isCompiled()).isFalse();
    assertThatThrownBy(() -> FloorProgram.choose("c", nowhere))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("cc");
  }
}
