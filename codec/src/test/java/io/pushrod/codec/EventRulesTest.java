package io.pushrod.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventRulesTest {
  @Test
  void typesAreUpTo128OfTheAllowedCharacters() {
    assertThat(TypeName.isValid("custom:a.b/c-d_e@F9")).isTrue();
    assertThat(TypeName.isValid("x".repeat(128))).isTrue();
    assertThat(TypeName.isValid("x".repeat(129))).isFalse();
    assertThat(TypeName.isValid("")).isFalse();
    assertThat(TypeName.isValid("a b")).isFalse();
    assertThat(TypeName.isValid("é")).isFalse();
  }

  @Test
  void refusesATypeByItsRuleAndShowsItsStartOnly() {
    RequestException refusal =
        catchThrowableOfType(RequestException.class, () -> TypeName.checked("?".repeat(1000)));
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_TYPE);
    assertThat(refusal)
        .hasMessage("type: " + "?".repeat(64) + "… (expected: " + TypeName.RULE + ")");
    assertThat(TypeName.checked("a")).isEqualTo("a");
    assertThat(catchThrowableOfType(RequestException.class, () -> TypeName.checked("gap")))
        .isNotNull();
  }

  @Test
  void idsAreUpTo255PrintableCharactersThatNeedNoEscape() {
    assertThat(IdField.isValid(" !#[]~")).isTrue();
    assertThat(IdField.isValid("x".repeat(255))).isTrue();
    assertThat(IdField.isValid("x".repeat(256))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\"", "\\", "\n", "\u007f", "\u001f", "é", "\ud800"})
  void idsAreNothingElse(String value) {
    assertThat(IdField.isValid(value)).isFalse();
  }

  @Test
  void idFieldsAreNumberedInTheOrderOfTheWire() {
    assertThat(IdField.values())
        .extracting(IdField::label)
        .containsExactly(
            "request_id", "thread_id", "canvas_id", "run_id", "node_id", "step_id", "agent_id");
    assertThat(IdField.values()).extracting(IdField::code).containsExactly(1, 2, 3, 4, 5, 6, 7);
    assertThat(IdField.COUNT).isEqualTo(IdField.values().length);
  }

  @ParameterizedTest
  @EnumSource
  void policiesAreReadByTheirLabels(OverflowPolicy policy) {
    assertThat(OverflowPolicy.parse(policy.label())).isEqualTo(policy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "FOLD", "drop", "fold "})
  void otherPoliciesAreRefused(String text) {
    RequestException refusal =
        catchThrowableOfType(RequestException.class, () -> OverflowPolicy.parse(text));
    assertThat(refusal.code()).isEqualTo(ErrorCode.BAD_REQUEST);
    assertThat(refusal)
        .hasMessage(
            "policy: " + text + " (expected: fold, drop_oldest, drop_newest or disconnect)");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FROM_SEQUENCE")
  void spellingsNameTheLastEventSeen(StartSpelling spelling) {
    assertThat(spelling.parse("5")).isEqualTo(new StartPoint.AfterSequence(5));
    assertThat(spelling.parse("k3-5")).isEqualTo(new StartPoint.After(Cursor.parse("k3-5")));
    assertThat(spelling.parse("earliest")).isEqualTo(StartPoint.EARLIEST);
    assertThat(spelling.parse("now")).isEqualTo(StartPoint.NOW);
  }

  @Test
  void fromSequenceNamesTheFirstEventToGet() {
    assertThat(StartSpelling.FROM_SEQUENCE.label()).isEqualTo("from_sequence");
    assertThat(StartSpelling.FROM_SEQUENCE.parse("5")).isEqualTo(new StartPoint.AfterSequence(4));
    assertThat(StartSpelling.FROM_SEQUENCE.parse("0")).isEqualTo(StartPoint.NOW);
  }
}
