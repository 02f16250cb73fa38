package io.pushrod.server.schema;

/// A text of which every look at a character is a step, so that a pattern which goes back and forth
/// ends.
record CountedText(String text, Steps steps) implements CharSequence {
  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    steps.take(1);
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return new CountedText(text.substring(start, end), steps);
  }

  @Override
  public String toString() {
    return text;
  }
}
