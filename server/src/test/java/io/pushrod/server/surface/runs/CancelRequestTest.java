package io.pushrod.server.surface.runs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.run.CancelOrder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class CancelRequestTest {
  private static CancelOrder order(String body) {
    return CancelRequest.ofBody(Unpooled.copiedBuffer(body.replace('\'', '"'), UTF_8), "ann");
  }

  private static ErrorCode refused(String body) {
    return refusal(() -> order(body)).code();
  }

  private static RequestException refusal(Runnable step) {
    try {
      step.run();
    } catch (RequestException e) {
      return e;
    }
    throw new AssertionError("refusal: none");
  }

  @ParameterizedTest
  @NullAndEmptySource
  void hasAReasonWhenNoneIsGiven(@Nullable String reason) {
    assertThat(CancelRequest.ofReason(reason, "ann"))
        .isEqualTo(new CancelOrder(How.NOW, 0, "ann", "User requested cancellation"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "{'how':'now'}", "{'deadline_ms':0,'reason':''}"})
  void isNowByDefault(String body) {
    assertThat(order(body))
        .isEqualTo(new CancelOrder(How.NOW, 0, "ann", CancelOrder.DEFAULT_REASON));
  }

  @ParameterizedTest
  @CsvSource({"now, NOW", "after_node, AFTER_NODE", "after_turn, AFTER_TURN"})
  void saysHowHard(String label, How how) {
    assertThat(order("{'how':'" + label + "','deadline_ms':5000,'reason':'é'}"))
        .isEqualTo(new CancelOrder(how, 5_000, "ann", "é"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense",
        "[]",
        "null",
        "{'how':'NOW'}",
        "{'how':1}",
        "{'deadline_ms':-1}",
        "{'deadline_ms':86400001}",
        "{'deadline_ms':1.5}",
        "{'deadline_ms':'1'}",
        "{'reason':7}",
        "{'by':'root'}",
      })
  void refusesWhatItDoesNotKnow(String body) {
    assertThat(refused(body)).isEqualTo(ErrorCode.BAD_REQUEST);
  }

  @Test
  void refusesWhatIsTooLong() {
    assertThat(refused("{'reason':'" + "x".repeat(1_001) + "'}")).isEqualTo(ErrorCode.BAD_REQUEST);
    assertThat(refused(" ".repeat(16 * 1024) + "{}")).isEqualTo(ErrorCode.TOO_LARGE);
    assertThatExceptionOfType(RequestException.class)
        .isThrownBy(() -> CancelRequest.ofReason("x".repeat(1_001), "ann"))
        .withMessage("reason: too long (expected: <= 1000 characters)");
  }
}
