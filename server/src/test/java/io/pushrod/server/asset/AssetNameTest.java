package io.pushrod.server.asset;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AssetNameTest {
  @ParameterizedTest
  @CsvSource({
    "report.pdf, report.pdf",
    "'a b (1).txt', 'a b (1).txt'",
    "../../etc/passwd, passwd",
    "C:\\temp\\a.txt, a.txt",
    ".htaccess, htaccess",
    "'. a. ', a",
    "naïve.txt, naive.txt",
    "報告.pdf, _.pdf",
    "a?*<>|b, a_b",
    "invoice\u202Efdp.exe, invoicefdp.exe",
    "nul, _nul",
    "COM1.tar.gz, _COM1.tar.gz",
    "com10, com10",
    "'con .txt', '_con .txt'",
    "\uFF0E\uFF0E\uFF0Fx, _x",
    "'', file",
    "..., file"
  })
  void isMadeSafe(String sent, String stored) {
    assertThat(AssetName.safe(sent)).isEqualTo(stored);
  }

  @ParameterizedTest
  @CsvSource({"png, .png", "averyveryverylongextension, x"})
  void keepsAShortExtensionWhenItIsCut(String extension, String end) {
    assertThat(AssetName.safe("x".repeat(4_000) + '.' + extension))
        .hasSize(AssetName.MAX_LENGTH)
        .endsWith(end);
  }

  @Property
  void isAlwaysSafe(@ForAll String sent) {
    isSafe(AssetName.safe(sent));
  }

  @Property
  void isSafeWhereItIsCut(@ForAll String sent) {
    isSafe(AssetName.safe("con" + " ".repeat(190) + sent.repeat(3) + ".x"));
    isSafe(AssetName.safe("lpt1" + ".".repeat(190) + sent + ". .gz"));
  }

  private static void isSafe(String name) {
    assertThat(name)
        .matches("[A-Za-z0-9_()+,=@-]([A-Za-z0-9 ._()+,=@-]{0,198}[A-Za-z0-9_()+,=@-])?");
    assertThat(AssetName.safe(name)).isEqualTo(name);
    assertThat(AssetName.isSafe(name)).isTrue();
  }
}
