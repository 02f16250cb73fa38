package io.pushrod.codec.json;

import java.util.Random;
import java.util.function.Supplier;

/// Writes random JSON.
final class JsonText {
  private static final String[] STRINGS = {
    "",
    "a",
    "text",
    "é",
    "漢字",
    "😀",
    "\\\"",
    "\\\\",
    "\\n",
    "\\u00e9",
    "\\ud83d\\ude00",
    " ",
    "}{][,:"
  };
  private static final String[] NUMBERS = {
    "0", "-0", "1", "-17", "3.25", "1e5", "2E-9", "-0.0e+0", "12345678901234567890123"
  };
  private static final String[] SPACES = {"", "", "", " ", "\n", "\r\n", "\t "};

  private final Random random;
  private final StringBuilder text = new StringBuilder();

  private JsonText(Random random) {
    this.random = random;
  }

  static String random(Random random) {
    JsonText json = new JsonText(random);
    json.space();
    json.value(5);
    json.space();
    return json.text.toString();
  }

  private void value(int levels) {
    switch (random.nextInt(levels > 0 ? 6 : 4)) {
      case 0 -> text.append(pick(NUMBERS));
      case 1, 2 -> string();
      case 3 -> text.append(pick("true", "false", "null"));
      case 4 -> list('[', ']', () -> "", levels);
      default -> list('{', '}', this::name, levels);
    }
  }

  private void list(char open, char close, Supplier<String> before, int levels) {
    text.append(open);
    int size = random.nextInt(4);
    for (int i = 0; i < size; i++) {
      text.append(i == 0 ? "" : ",");
      space();
      text.append(before.get());
      value(levels - 1);
      space();
    }
    text.append(size == 0 ? pick(SPACES) : "").append(close);
  }

  private String name() {
    string();
    space();
    text.append(':');
    space();
    return "";
  }

  private void string() {
    text.append('"');
    for (int i = random.nextInt(5); i > 0; i--) {
      text.append(pick(STRINGS));
    }
    text.append('"');
  }

  private void space() {
    text.append(pick(SPACES));
  }

  private String pick(String... of) {
    return of[random.nextInt(of.length)];
  }
}
