package io.pushrod.codec;

/// Where a new subscription begins to read.
public sealed interface StartPoint {
  /// The first event that is still retained; what was trimmed before is no gap.
  record Earliest() implements StartPoint {}

  /// The next event that will be published.
  record Now() implements StartPoint {}

  /// The event behind a cursor; anything missing from there on is a gap.
  record After(Cursor cursor) implements StartPoint {}

  /// The event behind a sequence of whatever epoch the log has now.
  ///
  /// @param sequence the last one seen, at least 0
  record AfterSequence(long sequence) implements StartPoint {}

  StartPoint EARLIEST = new Earliest();
  StartPoint NOW = new Now();

  /// Parses the value of any exclusive spelling of "continue from": a cursor, a bare sequence,
  /// `earliest` or `now`.
  ///
  /// @throws RequestException `BAD_CURSOR` for anything else
  static StartPoint parse(String text) {
    return switch (text) {
      case "earliest" -> EARLIEST;
      case "now" -> NOW;
      default ->
          isNumber(text) ? new AfterSequence(Long.parseLong(text)) : new After(Cursor.parse(text));
    };
  }

  /// Parses `from_sequence`, which names the first event to get; 0 means live only.
  ///
  /// @throws RequestException `BAD_CURSOR` unless it is a number
  static StartPoint parseInclusive(String text) {
    if (!isNumber(text)) {
      throw Cursor.bad(text);
    }
    long first = Long.parseLong(text);
    return first == 0 ? NOW : new AfterSequence(first - 1);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= 18
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }
}
