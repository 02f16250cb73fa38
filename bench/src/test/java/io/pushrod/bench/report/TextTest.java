package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class TextTest {
  @Test
  void whatSteersATerminalIsReplaced() {
    assertThat(Text.plain("a\u001b[2Jb\r\n\u0000\u009b\u2028c"))
        .isEqualTo("a\ufffd[2Jb\ufffd\ufffd\ufffd\ufffd\ufffdc");
    assertThat(Text.plain("a\u202eb\u2066c")).isEqualTo("a\ufffdb\ufffdc");
  }

  @Test
  void whatXmlCannotHoldIsReplaced() {
    assertThat(Text.plain("a\ud800b\uffffc")).isEqualTo("a\ufffdb\ufffdc");
  }

  @Test
  void lettersOfAllScriptsStay() {
    assertThat(Text.plain("µs ÷ 日本 😀")).isEqualTo("µs ÷ 日本 😀");
  }

  @Test
  void textThatIsTooLongEndsInAnEllipsis() {
    assertThat(Text.fitted("pushrod", 7)).isEqualTo("pushrod");
    assertThat(Text.fitted("pushrod", 4)).isEqualTo("pus…");
    assertThat(Text.fitted("😀😀😀", 2)).isEqualTo("😀…");
  }

  @Test
  void markupOfTextAndAttributesIsEscaped() {
    String page =
        new Markup().element("p", "<script>&'\"", "title", "\" onload=\"x\u0001").finished();
    assertThat(page)
        .isEqualTo("<p title=\"&quot; onload=&quot;x\ufffd\">&lt;script&gt;&amp;&#39;&quot;</p>\n");
  }

  @Test
  void elementLeftOpenIsTold() {
    assertThatThrownBy(() -> new Markup().open("p").finished())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("p");
  }

  @Test
  void coordinatesHaveTenthsAndNoMinusZero() {
    assertThat(Markup.at(12.345)).isEqualTo("12.3");
    assertThat(Markup.at(-0.0)).isEqualTo("0");
  }

  @Test
  void numbersTellNoMoreDigitsThanMatter() {
    assertThat(Numbers.figure(1234567.8)).isEqualTo("1,234,568");
    assertThat(Numbers.figure(123.456)).isEqualTo("123.5");
    assertThat(Numbers.figure(1.23456)).isEqualTo("1.235");
    assertThat(Numbers.figure(Double.NaN)).isEqualTo("–");
    assertThat(Numbers.round(99.99)).isEqualTo("99.99");
    assertThat(Numbers.round(100_000)).isEqualTo("100,000");
  }
}
