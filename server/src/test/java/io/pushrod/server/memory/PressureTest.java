package io.pushrod.server.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PressureTest {
  @ParameterizedTest
  @CsvSource({
    "NONE, 799, NONE",
    "NONE, 800, HIGH",
    "NONE, 950, SEVERE",
    "NONE, 1000, FULL",
    "HIGH, 949, HIGH",
    "HIGH, 950, SEVERE",
    "SEVERE, 999, SEVERE",
    "SEVERE, 1000, FULL",
  })
  void isEnteredAtItsShareOfTheBudget(Pressure before, long used, Pressure after) {
    assertEquals(after, before.next(used, 1000));
  }

  @ParameterizedTest
  @CsvSource({
    "FULL, 950, FULL",
    "FULL, 949, SEVERE",
    "SEVERE, 900, SEVERE",
    "SEVERE, 899, HIGH",
    "HIGH, 750, HIGH",
    "HIGH, 749, NONE",
    "FULL, 0, NONE",
  })
  void isLeftFivePointsBelowWhereItIsEntered(Pressure before, long used, Pressure after) {
    assertEquals(after, before.next(used, 1000));
  }
}
