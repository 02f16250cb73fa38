package io.pushrod.codec.command;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.TypeName;
import java.util.List;

/// The text of a filter: terms that are each a preset, an event type, `prefix*` or `class:<class>`.
/// What they mean, and whether a preset or class exists, is not decided here.
public final class FilterTerms {
  public static final int MAX_TERMS = 64;

  private FilterTerms() {}

  /// Splits a comma list, as it stands in a query.
  ///
  /// @throws RequestException `BAD_FILTER` when a term is empty or cannot be, or there are too many
  public static List<String> parse(String text) {
    return checked(List.of(text.split(",", MAX_TERMS + 1)));
  }

  /// @throws RequestException `BAD_FILTER` when a term is empty or cannot be, or there are none or
  ///   too many
  static List<String> checked(List<String> terms) {
    if (terms.isEmpty() || terms.size() > MAX_TERMS) {
      throw new RequestException(
          ErrorCode.BAD_FILTER,
          "filter: " + terms.size() + " terms (expected: 1-" + MAX_TERMS + ")");
    }
    for (String term : terms) {
      if (!isTerm(term)) {
        String shown = term.length() > 64 ? term.substring(0, 64) + "…" : term;
        throw new RequestException(
            ErrorCode.BAD_FILTER,
            "filter: " + shown + " (expected: a preset, a type, prefix* or class:<class>)");
      }
    }
    return List.copyOf(terms);
  }

  private static boolean isTerm(String term) {
    boolean prefix = term.endsWith("*");
    return TypeName.isValid(prefix ? term.substring(0, term.length() - 1) : term)
        || term.equals("*");
  }
}
