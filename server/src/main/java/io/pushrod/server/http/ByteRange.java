package io.pushrod.server.http;

import org.jspecify.annotations.Nullable;

/// Part of a content that a `Range` header asks for (RFC 9110 section 14).
///
/// @param from position of the first byte
/// @param length at least 1; 0 for a range that is not there, which is answered 416
public record ByteRange(long from, long length) {
  private static final String UNIT = "bytes=";
  private static final ByteRange NONE = new ByteRange(0, 0);

  /// Reads a header.
  ///
  /// @param size of the whole content
  /// @return null for no range, several of them, or what is none: the whole content is the answer
  public static @Nullable ByteRange parse(@Nullable String header, long size) {
    if (header == null || !header.regionMatches(true, 0, UNIT, 0, UNIT.length())) {
      return null;
    }
    String range = header.substring(UNIT.length()).strip();
    int dash = range.indexOf('-');
    if (dash < 0) {
      return null;
    }
    String first = range.substring(0, dash);
    String last = range.substring(dash + 1);
    if (!isNumber(first) || !isNumber(last) || (first.isEmpty() && last.isEmpty())) {
      return null;
    }
    if (first.isEmpty()) {
      long length = Math.min(number(last), size);
      return new ByteRange(size - length, length);
    }
    long from = number(first);
    long end = last.isEmpty() ? size : Math.min(size, number(last) + 1);
    if (!last.isEmpty() && number(last) < from) {
      return null;
    }
    return from >= size ? NONE : new ByteRange(from, end - from);
  }

  /// Digits, or nothing.
  private static boolean isNumber(String text) {
    return text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// One that is too large for anything stands for the largest.
  private static long number(String digits) {
    return digits.length() > 18 ? 999_999_999_999_999_999L : Long.parseLong(digits);
  }

  /// The value of `Content-Range`.
  public String contentRange(long size) {
    return length == 0
        ? "bytes */" + size
        : "bytes " + from + '-' + (from + length - 1) + '/' + size;
  }
}
