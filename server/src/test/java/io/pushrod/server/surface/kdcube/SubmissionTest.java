package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.RequestException;
import io.pushrod.server.surface.kdcube.Submission.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubmissionTest {
  private static Submission of(String json) {
    return Submission.of(Node.parse(json));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"message\":{\"message\":\" hi \"}}",
        "{\"message\":{\"text\":\"hi\"}}",
        "{\"message\":{\"msg\":\"hi\"}}",
        "{\"message\":{\"message\":{\"text\":\"hi\"}}}",
        "{\"message\":{\"message\":{\"message\":{\"msg\":\"hi\"}}}}",
        "{\"message\":\"hi\"}",
        "{\"text\":\"hi\"}",
        " {\"m\\u0065ssage\" : \"h\\u0069\"} ",
        "{\"external_events\":[{\"type\":\"event.user.prompt\",\"payload\":{\"event\":{\"text\":\"hi\"}}}]}",
        "{\"external_events\":[{\"type\":\"x\"},{\"type\":\"event.user.steer\",\"payload\":{\"event\":\"hi\"}}]}",
        "{\"message\":{\"external_events\":[{\"type\":\"event.user.prompt\",\"payload\":{\"event\":{\"request\":\"hi\"}}}]}}"
      })
  void findsTheTextWhereverItIs(String json) {
    assertThat(of(json).text()).isEqualTo("hi");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"message\":null}",
        "{\"message\":7}",
        "{\"message\":[]}",
        "{\"message\":{\"text\":{\"text\":{\"text\":{\"text\":{\"text\":\"deep\"}}}}}}"
      })
  void findsNoneWhereNoneIs(String json) {
    assertThat(of(json).text()).isEmpty();
  }

  @Test
  void knowsWhatTheSenderWants() {
    assertThat(of("{\"message\":{\"text\":\"x\",\"steer\":true}}").wish()).isEqualTo(Kind.STEER);
    assertThat(of("{\"text\":\"x\",\"payload\":{\"message_kind\":\"FollowUp\"}}").wish())
        .isEqualTo(Kind.FOLLOWUP);
    assertThat(of("{\"text\":\"x\",\"message_kind\":\"regular\"}").wish()).isNull();
    assertThat(of("{\"external_events\":[{\"type\":\"event.user.prompt\"}]}").wish()).isNull();
    assertThat(of("{\"external_events\":[{\"type\":\"ui.click\"}]}"))
        .returns(Kind.EVENT, Submission::wish)
        .returns(false, Submission::hasReaction);
    assertThat(
            of("{\"external_events\":[{\"type\":\"ui.click\",\"reactive\":true}]}").hasReaction())
        .isTrue();
  }

  @Test
  void keepsOnlyMembersOfTheirKind() {
    Submission what =
        of(
            "{\"message\":{\"text\":\"x\",\"chat_history\":{\"no\":1},\"payload\":[ 1 ],"
                + "\"config\":{\"a\" : 1},\"conversation_id\":7,\"turn_id\":\" t \"},"
                + "\"attachment_meta\":[7,{\"filename\":\"a\"}]}");

    assertThat(what.history()).isEqualTo("[]");
    assertThat(what.payload()).isEqualTo("{}");
    assertThat(what.config()).isEqualTo("{\"a\":1}");
    assertThat(what.conversationId()).isNull();
    assertThat(what.turnId()).isEqualTo("t");
    assertThat(what.attachments())
        .containsExactly(
            new Submission.Attachment(null, "{}"),
            new Submission.Attachment("a", "{\"filename\":\"a\"}"));
  }

  @Test
  void takesWhatIsSaidOfAttachmentsFromAFieldOfItsOwn() {
    Submission what = of("{\"text\":\"x\"}");

    assertThat(what.withMeta("[{\"filename\":\"a\"}]").attachments()).hasSize(1);
    assertThat(what.withMeta("{").attachments()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"7", "[]", "\"x\"", "null"})
  void refusesWhatIsNoObject(String json) {
    assertThatThrownBy(() -> of(json))
        .isInstanceOf(RequestException.class)
        .hasMessage("Invalid JSON body");
  }
}
