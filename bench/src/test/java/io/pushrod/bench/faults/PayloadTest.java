package io.pushrod.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PayloadTest {
  @Test
  void takesJoinedTextsApart() {
    List<Payload> all = IntStream.range(0, 500).mapToObj(i -> Payload.of("p-1." + i)).toList();
    StringBuilder joined = new StringBuilder();
    all.forEach(each -> joined.append(each.text()));
    assertThat(Payload.split(joined.toString())).isEqualTo(all).allMatch(Payload::isIntact);
  }

  @Test
  void knowsWhenALetterIsAnother() {
    Payload payload = Payload.of("p.1");
    String text = payload.text();
    char last = text.charAt(text.length() - 2);
    String altered = text.substring(0, text.length() - 2) + (last == 'a' ? 'b' : 'a') + ';';
    assertThat(Payload.split(altered)).singleElement().matches(each -> !each.isIntact());
  }

  @Test
  void knowsWhenTheEndIsMissing() {
    String text = Payload.of("p.1").text();
    assertThat(Payload.split(text.substring(0, text.length() - 1)))
        .singleElement()
        .matches(each -> !each.isIntact());
  }

  @Test
  void hasAPublisherAndANumber() {
    Payload payload = Payload.of(Payload.key("w-r.1", 12));
    assertThat(payload.publisher()).isEqualTo("w-r.1");
    assertThat(payload.number()).isEqualTo(12);
  }
}
