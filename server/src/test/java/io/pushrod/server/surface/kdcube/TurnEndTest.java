package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TurnEndTest {
  private static String after(String event) {
    return String.valueOf(TurnEnd.stateAfter(Node.parse(event), "c1", "t1"));
  }

  private static String enveloped(String type, String conversation, String turn, String more) {
    return "{\"type\":\""
        + type
        + "\",\"data\":{\"env\":{\"conversation\":{\"conversation_id\":\""
        + conversation
        + "\",\"turn_id\":"
        + turn
        + "}"
        + more
        + "}}}";
  }

  @Test
  void believesTheStatusThatIsTold() {
    assertThat(after(enveloped("conv_status", "c1", "\"t1\"", ",\"data\":{\"state\":\"idle\"}")))
        .isEqualTo("idle");
    assertThat(after(enveloped("conv_status", "c1", "null", ",\"data\":{\"state\":\"error\"}")))
        .isEqualTo("error");
    assertThat(after(enveloped("conv_status", "c1", "\"t1\"", ",\"data\":{\"state\":\"created\"}")))
        .isEqualTo("in_progress");
  }

  @Test
  void knowsTheEndOfATurnInBothLanguages() {
    assertThat(after(enveloped("chat_complete", "c1", "\"t1\"", ""))).isEqualTo("idle");
    assertThat(after(enveloped("chat_error", "c1", "\"t1\"", ""))).isEqualTo("error");
    assertThat(after("{\"type\":\"run_end\",\"run_id\":\"t1\",\"data\":{}}")).isEqualTo("idle");
    assertThat(after("{\"type\":\"error\",\"thread_id\":\"c1\",\"data\":7}")).isEqualTo("error");
    assertThat(
            after(
                "{\"type\":\"chat.complete\",\"data\":{\"conversation\":"
                    + "{\"conversation_id\":\"c1\"}}}"))
        .isEqualTo("idle");
  }

  @Test
  void aRefusedMessageEndsNoTurnWhateverItCallsItself() {
    String error = enveloped("chat_error", "c1", "\"t1\"", "");

    assertThat(after(error)).isEqualTo("error");
    assertThat(after(error.replace("\"env\"", "\"refused\":true,\"env\""))).isEqualTo("null");
  }

  @Test
  void leavesOtherTurnsAndConversationsAlone() {
    assertThat(after(enveloped("chat_complete", "c2", "\"t1\"", ""))).isEqualTo("null");
    assertThat(after(enveloped("chat_error", "c1", "\"t2\"", ""))).isEqualTo("null");
    assertThat(after("{\"type\":\"run_end\",\"data\":{}}")).isEqualTo("null");
    assertThat(after("{\"type\":\"run_end\",\"run_id\":\"t2\",\"thread_id\":\"c1\"}"))
        .isEqualTo("null");
    assertThat(after(enveloped("chat_delta", "c1", "\"t1\"", ""))).isEqualTo("null");
  }
}
