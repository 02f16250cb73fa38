package io.pushrod.bench.report;

/// A picture's size in its own units. The page holds each picture twice and shows the one that
/// fits, so that letters stay as large on a phone as elsewhere.
enum Size {
  WIDE(760, 340, 150),
  NARROW(360, 270, 12);

  /// Of the letters.
  static final double FONT = 12;

  /// Of a line of text.
  static final double LINE = 16;

  /// More than most letters of a sans-serif face take, at [#FONT].
  private static final double LETTER = 7.2;

  final double width;
  final double height;

  /// Right of the plot, for names at the ends of lines.
  final double right;

  Size(double width, double height, double right) {
    this.width = width;
    this.height = height;
    this.right = right;
  }

  static double lengthOf(String text) {
    return LETTER * text.codePointCount(0, text.length());
  }

  /// `text`, cut where it would be longer than `length`.
  static String fitted(String text, double length) {
    return Text.fitted(text, (int) (length / LETTER));
  }
}
