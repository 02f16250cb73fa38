package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ContentDispositionTest {
  @Test
  void namesAPlainNameOnce() {
    assertThat(ContentDisposition.of(false, "a b.txt", "a b.txt"))
        .isEqualTo("attachment; filename=\"a b.txt\"");
    assertThat(ContentDisposition.of(true, "a.pdf", "a.pdf"))
        .isEqualTo("inline; filename=\"a.pdf\"");
  }

  @Test
  void namesAnyOtherOneExactlyForThoseWhoReadIt() {
    assertThat(ContentDisposition.of(false, "_.txt", "€ rates\r\n\"x\".txt"))
        .isEqualTo(
            "attachment; filename=\"_.txt\";"
                + " filename*=UTF-8''%E2%82%AC%20rates%0D%0A%22x%22.txt");
  }
}
