package io.pushrod.server.session;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.RequestException;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.command.FilterTerms;
import io.pushrod.server.support.Claim;
import java.util.List;

/// Patterns of topics and terms of filters: refused as declared, or a value that says of any topic
/// whether it is granted as its text does.
public final class GrantsFuzz {
  private GrantsFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    String text = new String(input, UTF_8);
    List<String> patterns = List.of(text.split("\n", 16));
    try {
      Grants grants = Grants.of(patterns);
      for (String pattern : patterns) {
        Claim.that(Grants.isPattern(pattern), "each is a pattern");
        String topic = pattern.endsWith("*") ? pattern.replace("*", "x") : pattern;
        Claim.that(!TopicName.isValid(topic) || grants.allows(topic), "what is named is granted");
      }
    } catch (IllegalArgumentException e) {
      Claim.that(!patterns.stream().allMatch(Grants::isPattern), "what is valid is accepted");
    }
    try {
      EventFilter filter = EventFilter.parse(FilterTerms.parse(text));
      Claim.equal(EventFilter.parse(FilterTerms.parse(text)), filter, "equal filters are equal");
    } catch (RequestException e) {
      Claim.bounded(String.valueOf(e.getMessage()));
    }
  }
}
