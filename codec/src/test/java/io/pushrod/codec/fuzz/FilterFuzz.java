package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.command.FilterTerms;
import java.util.List;

/// A filter's text is refused as `bad_filter`, or its terms join to the same text.
public final class FilterFuzz {
  private FilterFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, UTF_8);
    try {
      List<String> terms = FilterTerms.parse(text);
      Claim.that(!terms.isEmpty() && terms.size() <= FilterTerms.MAX_TERMS, "bounded");
      Claim.equal(String.join(",", terms), text, "joined again");
      Claim.equal(FilterTerms.parse(String.join(",", terms)), terms, "parsed again");
    } catch (RequestException e) {
      Claim.equal(e.code(), ErrorCode.BAD_FILTER, "code");
      Claim.bounded(String.valueOf(e.getMessage()));
    }
  }
}
